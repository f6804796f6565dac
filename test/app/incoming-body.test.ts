/** The body of a request: what a handler gets that reads it too late, or when it has come already. */
import { beforeEach, describe, expect, it } from 'vitest';
import { BodyMemory } from '../../src/app/body-memory.js';
import type { Client } from '../../src/app/client.js';
import { IncomingBody } from '../../src/app/incoming-body.js';
import { LongLived } from '../../src/app/long-lived.js';
import { Arena } from '../../src/memory/arena.js';
import { Heap } from '../../src/memory/heap.js';

let asked: string[];
let body: IncomingBody;
const client: Partial<Client> = {
  readBody: () => asked.push('read'),
  skipBody: () => asked.push('skip'),
  leaveBody: () => asked.push('leave'),
};

beforeEach(() => {
  asked = [];
  body = new IncomingBody(client as Client, 5);
});

function come(text: string): void {
  body.take(Buffer.from(text), 0, text.length);
}

it('one that nobody has begun to read before the answer fails, and asks nothing of the connection', async () => {
  come('he');
  body.discard();
  const bytes = body.bytes();
  const read = body.stream().getReader().read();
  come('llo');
  body.end();
  const sentence = 'The body was not read before the answer was given.';
  await expect(bytes).rejects.toThrow(new TypeError(sentence));
  await expect(read).rejects.toThrow(new TypeError(sentence));
  expect(asked).toEqual(['skip']);
});

it('one that had come whole by then is given', async () => {
  come('hello');
  body.end();
  body.discard();
  expect(Buffer.from(await body.bytes()).toString()).toBe('hello');
  expect(asked).toEqual([]);
});

it('one whose client has gone fails without being asked for', async () => {
  come('he');
  body.fail(new Error('gone'));
  await expect(body.bytes()).rejects.toThrow('gone');
  expect(asked).toEqual([]);
});

it('a stream that is cancelled ends, and the rest is gone through', async () => {
  const reader = body.stream().getReader();
  const read = reader.read();
  await Promise.resolve();
  await reader.cancel();
  expect((await read).done).toBe(true);
  expect(asked).toEqual(['read', 'skip']);
});

it('to look whether there is one is not to read it; to lock it is', () => {
  const stream = body.stream();
  expect(body.wanted).toBe(false);
  stream.getReader();
  expect([body.wanted, body.takenWhole]).toEqual([true, false]);
});

it('one that is passed over is passed over so far, and then the answer waits no longer', () => {
  const piece = Buffer.alloc(65_536);
  const chunked = new IncomingBody(client as Client, -1);
  chunked.discard();
  for (let number = 0; number < 16; number++) chunked.take(piece, 0, piece.length);
  expect(asked).toEqual(['skip']);
  chunked.passOver();
  for (let number = 0; number < 8; number++) chunked.take(piece, 0, piece.length);
  expect(asked).toEqual(['skip']);
  chunked.take(piece, 0, 1);
  expect(asked).toEqual(['skip', 'leave']);
  expect([524_288, 524_289].map((length) => new IncomingBody(client as Client, length).isLong)).toEqual([false, true]);
});

describe('one of which only what is made of it is wanted', () => {
  const LENGTH = 100_000;
  let arena: Arena;
  let heap: Heap;
  let long: IncomingBody;
  let memory: BodyMemory;
  const length = (bytes: Uint8Array): number => bytes.filter((byte) => byte === 0x61).length;

  beforeEach(() => {
    arena = new Arena(1024 * 1024);
    heap = new Heap(arena, 512 * 1024);
    memory = new BodyMemory(arena, heap, new LongLived(() => {}));
    long = new IncomingBody(client as Client, LENGTH, memory);
    return () => arena.destroy();
  });

  function comeLong(bytes: number): void {
    long.take(Buffer.alloc(bytes, 'a'), 0, bytes);
  }

  it('is collected in memory that is lent, and given back when it has been made', async () => {
    comeLong(10_000);
    const made = long.read(length);
    expect(heap.used).toBeGreaterThanOrEqual(LENGTH);
    comeLong(LENGTH - 10_000);
    long.end();
    expect(await made).toBe(LENGTH);
    expect(heap.used).toBe(0);
  });

  it('is not read any more when its server has closed meanwhile', async () => {
    const made = long.read(length);
    comeLong(LENGTH);
    long.end();
    memory.close();
    await expect(made).rejects.toThrow('The server has closed.');
    expect(memory.lend(LENGTH)).toBeNull();
  });

  it('gives it back, and nothing of others, when somebody wants no more of it', async () => {
    const made = long.read(length);
    comeLong(10_000);
    long.discard();
    await expect(made).rejects.toThrow('not read');
    expect(heap.used).toBe(0);
  });

  it('gives it back when the rest does not come, and writes nothing there any more', async () => {
    const made = long.read(length);
    comeLong(10_000);
    long.lost();
    await expect(made).rejects.toThrow('The client has gone.');
    expect(heap.used).toBe(0);
    arena.bytes.fill(0);
    comeLong(10_000);
    expect(arena.bytes.every((byte) => byte === 0)).toBe(true);
  });

  it('gives it back when nothing can be made of it', async () => {
    const made = long.read(() => {
      throw new SyntaxError('no');
    });
    comeLong(LENGTH);
    long.end();
    await expect(made).rejects.toThrow('no');
    expect(heap.used).toBe(0);
  });

  it('is collected elsewhere when others have the memory', async () => {
    heap.allocate(200 * 1024);
    const used = heap.used;
    const made = long.read(length);
    expect(heap.used).toBe(used);
    comeLong(LENGTH);
    long.end();
    expect(await made).toBe(LENGTH);
  });
});
