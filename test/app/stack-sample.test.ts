/** A look at a thread that computes: it says what it does, and neither that nor a debugger of somebody else is disturbed. */
import { Session } from 'node:inspector';
import { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Sample, StackSample } from '../../src/app/stack-sample.js';

/** Computes, many functions deep, until it is told to stop; what has it wait there is put in. */
const scriptOf = (stop: string): string => `
  const { workerData: flags, parentPort } = require('node:worker_threads');
  globalThis.said = () => 'what it does';
  Error.prepareStackTrace = () => 'as the application likes it';
  function deep(more) {
    if (more > 0) return deep(more - 1) + 1;
    flags[0] = 1;
    ${stop}
    while (flags[1] === 0);
    return 0;
  }
  parentPort.once('message', () => {
    deep(3000);
    parentPort.postMessage([Error.stackTraceLimit, new Error().stack]);
  });
`;

let flags: Int32Array;
let worker: Worker | undefined;

beforeEach(() => {
  flags = new Int32Array(new SharedArrayBuffer(8));
});

afterEach(async () => {
  await worker?.terminate();
});

async function begin(stop: string): Promise<Worker> {
  worker = new Worker(scriptOf(stop), { eval: true, workerData: flags });
  await new Promise((resolve) => worker?.once('online', resolve));
  return worker;
}

function sampleOf({ threadId }: Worker): Promise<Sample> {
  return new Promise((resolve) => new StackSample(threadId, 'said()', resolve));
}

it('gives the innermost functions of many, and leaves no trace', async () => {
  const thread = await begin('');
  const ended = new Promise((resolve) => thread.once('message', resolve));
  thread.postMessage('go');
  while (flags[0] === 0) await new Promise(setImmediate);
  const { said, frames } = await sampleOf(thread);
  expect(said).toBe('what it does');
  expect(frames.length).toBeLessThanOrEqual(50);
  expect(frames.filter((frame) => /^deep \(\[worker eval\]:\d+:\d+\)$/.test(frame)).length).toBeGreaterThan(40);
  flags[1] = 1;
  expect(await ended).toEqual([10, 'as the application likes it']);
});

it('spoils no regular expression that the thread is in the middle of', async () => {
  const thread = await begin(`
    process.setSourceMapsEnabled(true);
    Error.prepareStackTrace = (error, sites) => (error + sites.join(' ')).replace(/([a-z])(?=[^]*?:)/g, '-$1');
    const text = ('x'.repeat(2000) + 'key=value;').repeat(20);
    while (flags[1] === 0) {
      if (/^(a+)+$/.test('a'.repeat(16) + 'b')) flags[0] = 2;
      if (text.replace(/x+?(?=k)/g, (found) => found.length) !== '2000key=value;'.repeat(20)) flags[0] = 2;
    }
  `);
  const ended = new Promise((resolve) => thread.once('message', resolve));
  thread.postMessage('go');
  while (flags[0] === 0) await new Promise(setImmediate);
  for (let time = 0; time < 100; time++) expect((await sampleOf(thread)).said).toBe('what it does');
  flags[1] = 1;
  await ended;
  expect(flags[0]).toBe(1);
});

it('leaves one that stands at a breakpoint of a debugger there', async () => {
  const thread = await begin('debugger;');
  const debuggers = new Session();
  debuggers.connect();
  const heard: string[] = [];
  const attached = new Promise<string>((resolve) => {
    debuggers.on('NodeWorker.attachedToWorker', ({ params }) => resolve(params.sessionId));
  });
  const paused = new Promise((resolve) => {
    debuggers.on('NodeWorker.receivedMessageFromWorker', ({ params }) => {
      const { method = '' } = JSON.parse(params.message) as { method?: string };
      heard.push(method);
      if (method === 'Debugger.paused') resolve(method);
    });
  });
  debuggers.post('NodeWorker.enable', { waitForDebuggerOnStart: false });
  const sessionId = await attached;
  const tell = (method: string): void => {
    const message = JSON.stringify({ id: 1, method });
    debuggers.post('NodeWorker.sendMessageToWorker', { sessionId, message });
  };
  tell('Debugger.enable');
  thread.postMessage('go');
  await paused;
  const ended = new Promise((resolve) => thread.once('message', resolve));
  expect((await sampleOf(thread)).said).toBe('what it does');
  // It answers at its breakpoint, where it still is.
  expect((await sampleOf(thread)).said).toBe('what it does');
  expect(heard).not.toContain('Debugger.resumed');
  flags[1] = 1;
  tell('Debugger.resume');
  await ended;
  expect(heard).toContain('Debugger.resumed');
  debuggers.disconnect();
});
