/**
 * What single parts cost: a turn of each dispatcher, alone and beside Node's loop; an idle second; parsing a head, and
 * recalling one; a line of the access log; what a trace takes of a request. Numbers are medians of several runs, in nanoseconds of wall time unless they say otherwise.
 *
 * npm run bench:micro
 */
import { RequestLog } from '../../src/connection/request-log.js';
import { chooseDispatcher } from '../../src/dispatcher/choose.js';
import { DISPATCHER_NAMES, type DispatcherName } from '../../src/dispatcher/dispatcher.js';
import { NodeLoopHost } from '../../src/dispatcher/node-loop.js';
import { HeadMemory } from '../../src/http/head-memory.js';
import { DEFAULT_HEAD_LIMITS } from '../../src/http/limits.js';
import { parseHead } from '../../src/http/parse-head.js';
import { RequestHead } from '../../src/http/request-head.js';
import { native } from '../../src/linux/library.js';
import { close } from '../../src/linux/sockets.js';
import { ACCESS_LOGS, AccessLog, type AccessLogName } from '../../src/log/access-log.js';
import { LogRing } from '../../src/log/log-ring.js';
import { Arena } from '../../src/memory/arena.js';
import { SharedRegion } from '../../src/memory/shared-region.js';
import { NOTHING, RECEIPT, SENT, WAIT_FOR_EVENTS } from '../../src/metrics/trace/kinds.js';
import { TraceRing } from '../../src/metrics/trace/trace-ring.js';
import { Tracer } from '../../src/metrics/trace/tracer.js';
import { BROWSER_HEAD, SMALL_HEAD } from './heads.js';

const RUNS = 7;
const TURNS = 20_000;
/** Descriptors that are always ready, so that every turn dispatches as under load. */
const READY = 8;
const CALLS = 200_000;

const eventfd = native<[number, number]>('int eventfd(unsigned int value, int flags)');

async function median(measure: () => number | Promise<number>): Promise<number> {
  const values: number[] = [];
  for (let run = 0; run < RUNS; run++) values.push(await measure());
  return values.sort((a, b) => a - b)[RUNS >> 1] as number;
}

function nanoseconds(since: bigint, count: number): number {
  return Number(process.hrtime.bigint() - since) / count;
}

/** Calls `use` with a dispatcher that has READY descriptors which are always ready. */
async function withReadyDispatcher<Result>(
  name: DispatcherName,
  use: (dispatcher: ReturnType<typeof chooseDispatcher>['dispatcher']) => Result | Promise<Result>,
): Promise<Result> {
  const arena = new Arena(64 * 1024 * 1024);
  const { dispatcher } = chooseDispatcher(name, arena);
  const descriptors = Array.from({ length: READY }, () => eventfd(1, 0));
  for (const descriptor of descriptors) dispatcher.watch(descriptor, () => {});
  try {
    return await use(dispatcher);
  } finally {
    for (const descriptor of descriptors) dispatcher.unwatch(descriptor);
    dispatcher.destroy();
    for (const descriptor of descriptors) close(descriptor);
    arena.destroy();
  }
}

/** A turn with nothing around it. */
function bareTurn(name: DispatcherName): Promise<number> {
  return withReadyDispatcher(name, (dispatcher) =>
    median(() => {
      const start = process.hrtime.bigint();
      for (let turn = 0; turn < TURNS; turn++) dispatcher.turn(0);
      return nanoseconds(start, TURNS);
    }),
  );
}

/** The same turn with Node's loop as its guest. */
function hostedTurn(name: DispatcherName): Promise<number> {
  return withReadyDispatcher(name, (dispatcher) =>
    median(
      () =>
        new Promise<number>((resolve) => {
          const first = dispatcher.counts.turns;
          const start = process.hrtime.bigint();
          const host = new NodeLoopHost(dispatcher, () => {
            const turns = dispatcher.counts.turns - first;
            if (turns !== TURNS) return false;
            host.stop();
            resolve(nanoseconds(start, turns));
            return true;
          });
          host.start();
        }),
    ),
  );
}

/** CPU time of a second in which nothing happens, in microseconds. */
async function idleSecond(name: DispatcherName): Promise<number> {
  const arena = new Arena(64 * 1024 * 1024);
  const { dispatcher } = chooseDispatcher(name, arena);
  const host = new NodeLoopHost(dispatcher);
  host.start();
  await new Promise((resolve) => setTimeout(resolve, 200));
  const before = process.cpuUsage();
  await new Promise((resolve) => setTimeout(resolve, 2_000));
  const { user, system } = process.cpuUsage(before);
  host.stop();
  dispatcher.destroy();
  arena.destroy();
  return (user + system) / 2;
}

function parse(text: string): Promise<number> {
  const bytes = new Uint8Array(Buffer.from(text, 'latin1'));
  const head = new RequestHead();
  return median(() => {
    const start = process.hrtime.bigint();
    for (let call = 0; call < CALLS; call++) parseHead(bytes, 0, bytes.length, DEFAULT_HEAD_LIMITS, head);
    return nanoseconds(start, CALLS);
  });
}

function recall(text: string): Promise<number> {
  const buffer = new ArrayBuffer(4096);
  const bytes = new Uint8Array(buffer);
  const words = new Int32Array(buffer);
  bytes.set(Buffer.from(text, 'latin1'));
  const memory = new HeadMemory();
  const head = new RequestHead();
  for (let time = 0; time < 2; time++) {
    parseHead(bytes, 0, text.length, DEFAULT_HEAD_LIMITS, head);
    memory.remember(head);
  }
  return median(() => {
    let hint = -1;
    const start = process.hrtime.bigint();
    for (let call = 0; call < CALLS; call++) hint = memory.recall(words, bytes, 0, text.length, hint);
    if (hint < 0) throw new Error('the head was not remembered');
    return nanoseconds(start, CALLS);
  });
}

/** What the line tells of: an answer with 1 KiB from memory. */
const ANSWER = {
  ...{ offset: 0, length: 1280, headLength: 256, file: -1, filePosition: 0, fileLength: 0, following: null },
  ...{ status: 200, persistent: true, acquire() {}, release() {}, unchanged: () => true, warm: () => 0 },
};

/** A line of the access log, from the head to the ring. `kept`: the head has come before. */
async function logLine(name: Exclude<AccessLogName, 'off'>, text: string, kept: boolean): Promise<number> {
  const size = 4 * 1024 * 1024;
  const region = SharedRegion.create(size);
  const taking = new LogRing(region, 0, size);
  const take = (): void => {
    taking.answerCall();
    for (let length = taking.waiting(); length > 0; length = taking.waiting()) taking.taken(length);
  };
  const log = new RequestLog(new AccessLog(name, new LogRing(region, 0, size), take), -1);
  const head = new RequestHead();
  parseHead(new Uint8Array(Buffer.from(text, 'latin1')), 0, text.length, DEFAULT_HEAD_LIMITS, head);
  try {
    return await median(() => {
      const start = process.hrtime.bigint();
      for (let call = 0; call < CALLS; call++) {
        log.begin(head, kept);
        log.sent(ANSWER);
        log.end();
      }
      return nanoseconds(start, CALLS);
    });
  } finally {
    region.destroy();
  }
}

/** What is recorded of a request that is answered from memory, in turns of so many events. */
async function tracedRequest(text: string, events: number): Promise<number> {
  const size = 2 * 1024 * 1024;
  const region = SharedRegion.create(size);
  const tracer = new Tracer(new TraceRing(region, 0, size));
  const head = new RequestHead();
  parseHead(new Uint8Array(Buffer.from(text, 'latin1')), 0, text.length, DEFAULT_HEAD_LIMITS, head);
  try {
    return await median(() => {
      const start = process.hrtime.bigint();
      for (let call = 0; call < CALLS; call++) {
        if (call % events === 0) {
          tracer.enter(WAIT_FOR_EVENTS);
          tracer.waited(events);
        }
        tracer.enter(RECEIPT, 7);
        const request = tracer.beginRequest(head);
        tracer.beginHandler(false);
        tracer.handled();
        tracer.enter(SENT, 7);
        tracer.mark(request);
        if (call % events === 0) tracer.enter(NOTHING);
      }
      return nanoseconds(start, CALLS);
    });
  } finally {
    region.destroy();
  }
}

function row(what: string, value: number, unit: string): void {
  console.log(`${what.padEnd(58)} ${value.toFixed(value < 100 ? 1 : 0).padStart(7)} ${unit}`);
}

for (const name of DISPATCHER_NAMES) {
  const bare = await bareTurn(name);
  const hosted = await hostedTurn(name);
  row(`${name}: a turn with ${READY} events, alone`, bare, 'ns');
  row(`${name}: the same beside Node's loop`, hosted, 'ns');
  row(`${name}: what Node's loop adds to a turn`, hosted - bare, 'ns');
  row(`${name}: CPU time of an idle second`, await idleSecond(name), 'us');
}
for (const [what, text] of [
  ['small', SMALL_HEAD],
  ['browser', BROWSER_HEAD],
] as const) {
  row(`parse a head of ${text.length} bytes (${what})`, await parse(text), 'ns');
  row(`recall a head of ${text.length} bytes (${what})`, await recall(text), 'ns');
}
for (const name of ACCESS_LOGS) {
  if (name === 'off') continue;
  row(`a line of the access log, ${name}, head known`, await logLine(name, BROWSER_HEAD, true), 'ns');
  row(`a line of the access log, ${name}, new head`, await logLine(name, BROWSER_HEAD, false), 'ns');
}
row('a traced request, in turns of 32 events', await tracedRequest(BROWSER_HEAD, 32), 'ns');
