/** A stream of ours behaves as one of Node's, both when it is sent without detours and when it is used for anything else. */
import * as streams from 'node:stream';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { setImmediate as turn } from 'node:timers/promises';
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { type ChunkSink, type ChunkSource, ReaderSource } from '../../src/app/chunk-source.js';
import { directOf, ReadableStreamOfPrograms as Ours } from '../../src/app/readable-stream.js';

// Not in the types of Node 20, which has it.
const { isDisturbed } = streams as unknown as { isDisturbed(stream: ReadableStream): boolean };

type Constructor = typeof ReadableStream;
type Controller = ReadableStreamDefaultController<unknown>;

/** What happened, in the order in which it did. */
type Log = unknown[][];

/** Somebody who sends a stream: asks `most` times, and notes what comes. */
function sender(stream: ReadableStream<unknown>, log: Log, most: number): ChunkSource {
  let asked = 0;
  let over = false;
  const ask = (): void => {
    if (asked++ < most) source.next();
  };
  const note = (...what: unknown[]): void => {
    if (!over) log.push(what);
  };
  const sink: ChunkSink = {
    hasChunk(chunk) {
      note('chunk', chunk);
      ask();
    },
    rested() {},
    hasEnded: () => note('ended'),
    hasFailed: (reason) => note('failed', String(reason)),
  };
  const source = directOf(stream)?.attach(sink) ?? new ReaderSource(stream, sink);
  ask();
  return {
    next: () => source.next(),
    cancel(reason) {
      over = true;
      source.cancel(reason);
    },
  };
}

/** A stream, and what the program has of it. */
function controlled(Stream: Constructor, more: { cancel?(reason: unknown): void } = {}) {
  let controller!: Controller;
  const start = (own: Controller): void => {
    controller = own;
  };
  return { stream: new Stream<unknown>({ ...more, start }), controller };
}

async function rest(): Promise<void> {
  for (let turns = 0; turns < 10; turns++) await turn();
}

/** What is thrown, in a word. */
function attempt(work: () => void): string {
  try {
    work();
    return 'done';
  } catch (error) {
    return (error as Error).constructor.name;
  }
}

const SCENARIOS: Readonly<Record<string, (Stream: Constructor, log: Log) => Promise<void>>> = {
  async 'what was there before anybody asked, and the end'(Stream, log) {
    const start = (controller: Controller): void => {
      for (const chunk of ['a', 'b', 'c']) controller.enqueue(chunk);
      controller.close();
      log.push([controller.desiredSize]);
    };
    sender(new Stream({ start }), log, 9);
    await rest();
  },
  async 'chunks that come while somebody waits'(Stream, log) {
    const { stream, controller } = controlled(Stream);
    sender(stream, log, 3);
    await rest();
    log.push([controller.desiredSize]);
    for (const chunk of [1, 2, 3, 4]) {
      controller.enqueue(chunk);
      log.push([controller.desiredSize]);
    }
    await rest();
    log.push([controller.desiredSize]);
    controller.close();
    log.push([controller.desiredSize]);
    await rest();
  },
  async 'pull, which gives at once'(Stream, log) {
    let count = 0;
    const pull = (controller: Controller): void => {
      log.push(['pull', controller.desiredSize]);
      if (++count === 4) controller.close();
      else controller.enqueue(count);
    };
    sender(new Stream({ pull }), log, 9);
    await rest();
  },
  async 'pull, which gives later, and is not called meanwhile'(Stream, log) {
    let count = 0;
    const pull = async (controller: Controller): Promise<void> => {
      log.push(['pull']);
      await turn();
      controller.enqueue(++count);
      await turn();
    };
    const source = sender(new Stream({ pull }), log, 3);
    for (let turns = 0; turns < 4; turns++) await rest();
    source.cancel('enough');
  },
  async 'pull, of which nobody takes what it gives'(Stream, log) {
    let pulls = 0;
    const pull = (controller: Controller): void => {
      pulls++;
      controller.enqueue('one');
    };
    const stream = new Stream({ pull });
    await rest();
    log.push([pulls]);
    sender(stream, log, 1);
    await rest();
    log.push([pulls]);
  },
  async 'start, which takes its time'(Stream, log) {
    const start = async (controller: Controller): Promise<void> => {
      await turn();
      controller.enqueue('from start');
      await turn();
      log.push(['started']);
    };
    const pull = (controller: Controller): void => {
      log.push(['pull']);
      controller.close();
    };
    sender(new Stream({ start, pull }), log, 9);
    await rest();
  },
  async 'start, pull and cancel that fail'(Stream, log) {
    const failing = (name: string) => (): never => {
      throw new Error(name);
    };
    log.push([attempt(() => new Stream({ start: failing('start') }))]);
    sender(new Stream({ pull: failing('pull') }), log, 9);
    await rest();
    sender(new Stream({ start: async () => failing('later')() }), log, 9);
    await rest();
    sender(new Stream({ pull: async () => failing('later pull')() }), log, 9);
    await rest();
    sender(new Stream({ cancel: failing('cancel') }), log, 9).cancel('no more');
    sender(new Stream({ cancel: async () => failing('later cancel')() }), log, 9).cancel('no more');
    await rest();
  },
  async 'an error behind what somebody waited for'(Stream, log) {
    const { stream, controller } = controlled(Stream);
    sender(stream, log, 9);
    await rest();
    controller.enqueue('before');
    controller.error(new Error('broken'));
    log.push([controller.desiredSize, attempt(() => controller.enqueue('after')), attempt(() => controller.close())]);
    await rest();
  },
  async 'an error behind what nobody waited for'(Stream, log) {
    const start = (controller: Controller): void => {
      controller.enqueue('lost');
      controller.error(new Error('broken'));
    };
    sender(new Stream({ start }), log, 9);
    await rest();
  },
  async 'an end behind what somebody waited for, and an error after it'(Stream, log) {
    const { stream, controller } = controlled(Stream);
    sender(stream, log, 9);
    await rest();
    controller.enqueue('last');
    controller.close();
    controller.error(new Error('too late'));
    log.push([attempt(() => controller.enqueue('after')), attempt(() => controller.close())]);
    await rest();
  },
  async 'somebody who wants no more'(Stream, log) {
    const { stream, controller } = controlled(Stream, { cancel: (reason) => void log.push(['cancel', reason]) });
    const source = sender(stream, log, 1);
    controller.enqueue('one');
    controller.enqueue('two');
    await rest();
    source.cancel('gone');
    source.cancel('gone again');
    log.push([controller.desiredSize, attempt(() => controller.enqueue('three')), attempt(() => controller.close())]);
    controller.error(new Error('nobody is there'));
    await rest();
  },
};

describe('sent', () => {
  it.each(Object.entries(SCENARIOS))('%s', async (_name, scenario) => {
    const [expected, found]: [Log, Log] = [[], []];
    await scenario(ReadableStream, expected);
    await scenario(Ours as Constructor, found);
    expect(found).toEqual(expected);
    expect(found.length).toBeGreaterThan(0);
  });

  it('several chunks that come at once are there at once', async () => {
    const told: unknown[] = [];
    const { stream, controller } = controlled(Ours as Constructor);
    const source = directOf(stream)?.attach({
      hasChunk(chunk) {
        told.push(chunk);
        source?.next();
      },
      rested: () => told.push('rest'),
      hasEnded: () => told.push('end'),
      hasFailed: () => told.push('failure'),
    });
    source?.next();
    for (const chunk of [1, 2, 3]) controller.enqueue(chunk);
    expect(told).toEqual([]);
    await Promise.resolve();
    expect(told).toEqual([1, 2, 3, 'rest']);
  });

  it('is locked for everybody else', async () => {
    const stream = new Ours({});
    expect(stream.locked).toBe(false);
    const sink: ChunkSink = { hasChunk() {}, rested() {}, hasEnded() {}, hasFailed() {} };
    directOf(stream)?.attach(sink);
    expect(stream.locked).toBe(true);
    expect(directOf(stream)).toBeUndefined();
    expect(() => stream.getReader()).toThrow(TypeError);
    await expect(stream.cancel()).rejects.toThrow(TypeError);
  });
});

describe('used for anything else', () => {
  const counting = (): ReadableStream<unknown> => {
    let count = 0;
    return new Ours({
      pull(controller: Controller) {
        if (++count > 3) controller.close();
        else controller.enqueue(count);
      },
    });
  };

  it('is read, iterated, split and piped as any other', async () => {
    const all = async (stream: ReadableStream<unknown>): Promise<unknown[]> => {
      const chunks: unknown[] = [];
      for await (const chunk of stream) chunks.push(chunk);
      return chunks;
    };
    expect(await all(counting())).toEqual([1, 2, 3]);
    const [one, other] = counting().tee();
    expect(await Promise.all([all(one), all(other)])).toEqual([
      [1, 2, 3],
      [1, 2, 3],
    ]);
    const double = new TransformStream<number, number>({
      transform: (chunk, controller) => controller.enqueue(2 * chunk),
    });
    expect(await all((counting() as ReadableStream<number>).pipeThrough(double))).toEqual([2, 4, 6]);
    const written: unknown[] = [];
    await counting().pipeTo(new WritableStream({ write: (chunk) => void written.push(chunk) }));
    expect(written).toEqual([1, 2, 3]);
    expect(await new globalThis.Response(counting().pipeThrough(asBytes())).text()).toBe('123');
  });

  it('is taken by what Node has for streams', async () => {
    const words = (): ReadableStream<Uint8Array> => counting().pipeThrough(asBytes());
    const started = new Ours<Uint8Array>({
      start(controller: Controller) {
        controller.enqueue(new TextEncoder().encode('words'));
        controller.close();
      },
    });
    expect(isDisturbed(new Ours({}))).toBe(false);
    expect(await text(Readable.fromWeb(started as never))).toBe('words');
    expect(isDisturbed(started)).toBe(true);
    expect(await text(words())).toBe('123');
    expect(inspect(new Ours({}))).toContain('ReadableStream');
  });

  it('is what its controller makes of it, also later', async () => {
    const { stream, controller } = controlled(Ours as Constructor);
    controller.enqueue('before');
    const reader = stream.getReader();
    expect(directOf(stream)).toBeUndefined();
    expect(await reader.read()).toEqual({ done: false, value: 'before' });
    controller.enqueue('after');
    expect(controller.desiredSize).toBe(0);
    controller.close();
    expect(await reader.read()).toEqual({ done: false, value: 'after' });
    expect(await reader.read()).toEqual({ done: true, value: undefined });
    await reader.closed;
  });

  it('fails with what its controller says', async () => {
    const { stream, controller } = controlled(Ours as Constructor);
    const reader = stream.getReader();
    controller.error(new Error('broken'));
    await expect(reader.read()).rejects.toThrow('broken');
    const failed = new Ours({ start: (own: Controller) => own.error(new Error('from the start')) });
    await expect(failed.getReader().read()).rejects.toThrow('from the start');
  });

  it('does not pull while what it does already is under way', async () => {
    let underWay = 0;
    let most = 0;
    const stream = new Ours({
      async pull(controller: Controller) {
        most = Math.max(most, ++underWay);
        await turn();
        await turn();
        underWay--;
        controller.enqueue('one');
      },
    });
    await turn();
    const reader = stream.getReader();
    for (let read = 0; read < 3; read++) await reader.read();
    expect(most).toBe(1);
  });
});

describe('looked at', () => {
  it('is a ReadableStream, whoever asks', () => {
    const stream = new Ours({});
    expect(stream).toBeInstanceOf(ReadableStream);
    expect(stream).toBeInstanceOf(Ours);
    expect(new ReadableStream()).toBeInstanceOf(Ours);
    expect(new Blob(['x']).stream()).toBeInstanceOf(Ours);
    expect({}).not.toBeInstanceOf(Ours);
    expect(Object.prototype.toString.call(stream)).toBe('[object ReadableStream]');
    expect(Ours.name).toBe('ReadableStream');
  });

  it('has a controller of the standard', () => {
    let controller: unknown;
    new Ours({
      start: (own: Controller) => {
        controller = own;
      },
    });
    expect(controller).toBeInstanceOf(ReadableStreamDefaultController);
  });

  it('can be derived from, and what is derived is its own', async () => {
    class Numbers extends Ours<number> {
      first = 1;
    }
    const numbers = new Numbers({ start: (own: Controller) => own.enqueue(7) });
    expect(numbers).toBeInstanceOf(Numbers);
    expect(new Ours({})).not.toBeInstanceOf(Numbers);
    expect([numbers.first, (await numbers.getReader().read()).value]).toEqual([1, 7]);
  });

  it('is one of Node at once where it says how much it holds, or has bytes', async () => {
    const bytes = new Ours({ type: 'bytes', start: (own) => own.enqueue(new Uint8Array(2)) });
    expect(bytes).toBeInstanceOf(Ours);
    expect((await bytes.getReader({ mode: 'byob' }).read(new Uint8Array(4))).value).toHaveLength(2);
    const held = new Ours({}, { highWaterMark: 5 });
    expect(directOf(held)).toBeUndefined();
    expect(held.locked).toBe(false);
    const from = (Ours as unknown as { from(values: unknown[]): ReadableStream }).from(['x']);
    expect((await from.getReader().read()).value).toBe('x');
  });

  it('refuses what is no source', () => {
    for (const source of [null, 1, { start: 1 }, { pull: 'x' }, { type: 'what' }]) {
      expect(() => new Ours(source as never), JSON.stringify(source)).toThrow(TypeError);
      expect(() => new ReadableStream(source as never), JSON.stringify(source)).toThrow(TypeError);
    }
  });
});

function asBytes(): TransformStream<unknown, Uint8Array> {
  const encoder = new TextEncoder();
  return new TransformStream({ transform: (chunk, controller) => controller.enqueue(encoder.encode(String(chunk))) });
}
