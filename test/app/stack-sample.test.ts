/** A look at a thread that computes: it says what it does, and neither that nor a debugger of somebody else is disturbed. */
import { Session } from 'node:inspector';
import { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Sample, StackSample } from '../../src/app/stack-sample.js';
import { eventually } from '../models/scripts.js';

/** Computes, many functions deep, until it is told to stop; what has it wait there is put in. */
const scriptOf = (stop: string): string => `
  const { workerData: flags, parentPort } = require('node:worker_threads');
  globalThis.said = () => 'what it does';
  function deep(more) {
    if (more > 0) return deep(more - 1) + 1;
    flags[0] = 1;
    ${stop}
    while (flags[1] === 0);
    return 0;
  }
  parentPort.once('message', () => {
    deep(30);
    parentPort.postMessage('ended');
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

it('gives the functions under way, and lets go of the thread', async () => {
  const thread = await begin('');
  const ended = new Promise((resolve) => thread.once('message', resolve));
  thread.postMessage('go');
  while (flags[0] === 0) await new Promise(setImmediate);
  const { said, frames } = await sampleOf(thread);
  expect(said).toBe('what it does');
  expect(frames[0]).toMatch(/^deep \(.*:\d+:\d+\)$/);
  flags[1] = 1;
  expect(await ended).toBe('ended');
});

it('leaves one that stands at a breakpoint of a debugger there, however often it looks', async () => {
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
  const samples: Sample[] = [];
  for (let time = 0; time < 50; time++) {
    const look = new StackSample(thread.threadId, 'said()', (sample) => samples.push(sample));
    await eventually(() => look.ended);
  }
  expect(samples).toEqual([]);
  expect(heard).not.toContain('Debugger.resumed');
  flags[1] = 1;
  tell('Debugger.resume');
  await ended;
  expect(heard).toContain('Debugger.resumed');
  debuggers.disconnect();
});
