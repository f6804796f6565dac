/** The birth and the end of workers that are threads of this process: real ones, which run small scripts. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { allowWaking, threadIdentifier, wake } from '../../src/linux/process.js';
import { close, listen, setReceiveTimeout } from '../../src/linux/sockets.js';
import { SharedRegion } from '../../src/memory/shared-region.js';
import type { Worker } from '../../src/models/worker.js';
import { assignmentOfThread, startThread } from '../../src/models/worker-thread.js';
import { assignmentOf, eventually, script } from './scripts.js';

/** Words of the region through which the scripts speak. */
const THREAD = 0;
const SAYS = 1;
const GO = 2;

let folder: string;
let region: SharedRegion;
let listener: number;
let workers: Worker[] = [];

beforeAll(() => {
  allowWaking();
  folder = mkdtempSync(join(tmpdir(), 'amped-thread-'));
  region = SharedRegion.create(4096);
  listener = listen('127.0.0.1', 0, 16, { blocking: true }).descriptor;
  setReceiveTimeout(listener, 10_000);
});

afterAll(() => {
  close(listener);
  region.destroy();
  rmSync(folder, { recursive: true });
});

afterEach(async () => {
  for (const worker of workers) worker.kill();
  await Promise.all(workers.map(({ ended }) => ended));
  workers = [];
  region.words.fill(0);
});

const IMPORTS = {
  'models/worker-thread.js': 'assignmentOfThread, threadServes',
  'memory/shared-region.js': 'SharedRegion',
  'linux/sockets.js': 'accept4',
  'linux/process.js': 'threadIdentifier',
};
const BEGIN = `
const assignment = assignmentOfThread();
const { descriptor, base, size } = assignment.region;
const region = SharedRegion.ofProcess(descriptor, base, size);
region.words[${THREAD}] = threadIdentifier();
`;
/** Until the test says so. */
const WAIT = `while (Atomics.load(region.words, ${GO}) === 0) await new Promise((done) => setTimeout(done, 2));`;

function start(name: string, text: string): Worker {
  const entry = script(folder, name, IMPORTS, BEGIN + text);
  const worker = startThread(entry, {}, assignmentOf('thread', { word: 'option' }, region, listener), () => {});
  workers.push(worker);
  return worker;
}

function threads(): number {
  return readdirSync('/proc/self/task').length;
}

describe('the birth', () => {
  it('is over when the worker says that it serves; it has the memory and the descriptors of this process', async () => {
    const worker = start(
      'serving',
      `const { place, slot, options, listeners, keeper, kind } = assignment;
       const right = place === 3 && slot === 5 && options.word === 'option' && kind === 'thread';
       region.words[${SAYS}] = right && listeners[0] === ${listener} && keeper === process.pid ? 77 : 78;
       threadServes();
       ${WAIT}`,
    );
    await worker.ready;
    expect(region.words[SAYS]).toBe(77);
    expect(region.words[THREAD]).not.toBe(threadIdentifier());
    Atomics.store(region.words, GO, 1);
    expect(await worker.ended).toBeUndefined();
  });

  it('is no business of the thread that keeps the workers', () => {
    expect(assignmentOfThread()).toBeUndefined();
  });
});

describe('a failed birth', () => {
  it('gives the error in words', async () => {
    const worker = start('throwing', `throw new Error('There is no such directory.');`);
    await expect(worker.ready).rejects.toThrow('There is no such directory.');
    expect(await worker.ended).toContain('There is no such directory.');
  });

  it('gives the exit code, or says that it has just ended', async () => {
    await expect(start('leaving', 'process.exit(3);').ready).rejects.toThrow('exit code 3');
    await expect(start('ending', '').ready).rejects.toThrow('A worker thread ended before it served (by itself).');
  });

  it('is told of a script that is not there', async () => {
    const worker = startThread(
      new URL('file:///nowhere/at/all.mjs'),
      {},
      assignmentOf('thread', {}, region, 0),
      () => {},
    );
    await expect(worker.ready).rejects.toThrow(/nowhere/);
  });
});

describe('the end', () => {
  it.each([
    ['in what it awaits at its top', `${WAIT} throw new TypeError('in words');`],
    ['in a timer', `setTimeout(() => { throw new TypeError('in words'); }, 1);`],
    ['in a promise that nobody waits for', `void Promise.reject(new TypeError('in words')); ${WAIT}`],
    [
      'after it has given back what it had',
      `process.once('uncaughtException', (error) => {
         region.words[${SAYS}] = 5;
         throw error;
       });
       await (async () => { ${WAIT} throw new TypeError('in words'); })();`,
    ],
  ])('by an error %s is told in words, and no other thread notices', async (_where, text) => {
    const neighbour = start('neighbour', `threadServes(); while (Atomics.load(region.words, 8) === 0) await null;`);
    await neighbour.ready;
    const worker = start('failing', `threadServes(); ${text}`);
    await worker.ready;
    Atomics.store(region.words, GO, 1);
    expect(await worker.ended).toMatch(/TypeError: in words/);
    if (text.includes('once')) expect(region.words[SAYS]).toBe(5);
    Atomics.store(region.words, 8, 1);
    expect(await neighbour.ended).toBeUndefined();
  });

  it('can be brought about while it computes', async () => {
    const before = threads();
    const worker = start('computing', 'threadServes(); for (;;) region.words[SAYS_]++;'.replace('SAYS_', `${SAYS}`));
    await worker.ready;
    await eventually(() => (region.words[SAYS] as number) > 0);
    worker.kill();
    expect(await worker.ended).toBe('exit code 1');
    await eventually(() => threads() <= before);
  });

  it('of one that waits in a system call comes when it has been woken', async () => {
    const worker = start(
      'waiting',
      `threadServes();
       region.words[${SAYS}] = accept4(assignment.listeners[0], 0);`,
    );
    await worker.ready;
    await eventually(() => {
      wake(process.pid, region.words[THREAD] as number);
      return region.words[SAYS] !== 0;
    });
    expect(region.words[SAYS]).toBe(-4);
    expect(await worker.ended).toBeUndefined();
  });

  it('leaves the threads that wait beside it where they are', async () => {
    const text = (word: number): string => `threadServes();
      region.words[${word} + 4] = threadIdentifier();
      region.words[${word}] = accept4(assignment.listeners[0], 0);`;
    const [first, second] = [start('first', text(20)), start('second', text(21))];
    await Promise.all([first.ready, second.ready]);
    const waitsFor = (word: number): number => region.words[word] as number;
    await eventually(() => {
      wake(process.pid, waitsFor(24));
      return waitsFor(20) === -4;
    });
    await first.ended;
    expect(waitsFor(21)).toBe(0);
    await eventually(() => {
      wake(process.pid, waitsFor(25));
      return waitsFor(21) === -4;
    });
    await second.ended;
  });
});
