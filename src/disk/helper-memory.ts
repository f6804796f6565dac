/**
 * The memory through which a loop and its disk helpers speak: requests, each in a slot, and two queues of slot numbers,
 * one each way. Threads have one address space, so addresses in it mean the same to all.
 *
 * What it keeps true:
 * - A slot belongs to the loop until `request`, to the helper that took it until `complete`, then to the loop again. Each
 *   slot names the helper that has it in hand, so that nothing is lost with a helper that ends.
 * - No wake-up is lost: a helper remembers the count of requests before it looks into the queue, and sleeps only while the
 *   count is still that. The loop is signalled by the first completion after it has begun to listen.
 */
import { hrtime } from 'node:process';
import { signalEventfd } from '../linux/eventfd.js';
import { futexWait, futexWake } from '../linux/futex.js';
import { view } from '../linux/library.js';
import { threadIdentifier } from '../linux/process.js';
import { SYSTEM_CALLS } from '../linux/system-calls.js';
import { Queue } from '../memory/queue.js';
import { DISK_OPEN } from '../metrics/trace/kinds.js';
import type { Tracer } from '../metrics/trace/tracer.js';
import type { DiskOperation } from './disk.js';
import { commonClock } from './helper-meter.js';

/** So many operations are with the helpers at a time; the others wait in the loop. */
export const SLOTS = 256;
/** The kernel takes no longer name: PATH_MAX, less the NUL. */
export const NAME_BYTES = 4095;

export const OPEN = 0;
export const LOOK = 1;
export const READ = 2;
export const WARM = 3;
export const LIST = 4;
export type Kind = typeof OPEN | typeof LOOK | typeof READ | typeof WARM | typeof LIST;

/** What a helper is told when it is started. */
export interface HelperTask {
  /** The memory, and the number of helpers that it is made for. */
  readonly base: number;
  readonly helpers: number;
  /** Which helper this is, from 1: never used again. Its place is used again when it has ended. */
  readonly number: number;
  readonly place: number;
  readonly eventfd: number;
  readonly latencyMilliseconds: number;
  readonly errorRate: number;
  readonly crashRate: number;
}

/** What a helper says of a directory that it has listed; everything else is said in memory. */
export interface Listed {
  readonly slot: number;
  readonly entries: DiskOperation['entries'];
}

/** To read what nobody wants but in the page cache. */
export const SCRATCH_BYTES = 131_072;
/** To look whether the end has come, whatever happens. */
const SLEEP_MILLISECONDS = 1000;
const ALL = 0x7fff_ffff;
/** The system calls of one helper. */
const CALLS_BYTES = SYSTEM_CALLS.length * 8;

const LINE = 64;
// Words that several write, in bytes: each in a line of the processor's cache of its own.
const STOP = 0;
const REQUESTED = LINE;
const SLEEPERS = 2 * LINE;
const SIGNALLED = 3 * LINE;
const REQUESTS = 4 * LINE;
const COMPLETIONS = REQUESTS + Queue.bytes(SLOTS);
const SLOTS_AT = COMPLETIONS + Queue.bytes(SLOTS);

// A slot: words, doubles, the name.
const KIND = 0;
const TAKER = 1;
const DONE = 2;
const ROOT = 3;
const FILE = 4;
const RESULT = 5;
const NAME_LENGTH = 6;
const REGULAR = 7;
const DIRECTORY = 8;
/** Whose request it is, where that is traced, else 0. */
const REQUEST = 9;
// In doubles from the beginning of the slot.
const POSITION = 5;
const LENGTH = 6;
const ADDRESS = 7;
const STATUS = 8;
/** When a helper took it; 0: none has. */
const TAKEN = 15;
/** Of what is traced: when the helper began and ended, in nanoseconds, */
const BEGAN = 16;
const ENDED = 17;
/** and in words again which helper that was. */
const THREAD = 36;
const HELPER = 37;
const NAME = 152;
const SLOT_BYTES = NAME + NAME_BYTES + 1;

// Behind the slots: a word for each helper, then the scratch memory of each, then their system calls.
const BEGUN = SLOTS_AT + SLOTS * SLOT_BYTES;

export class HelperMemory {
  readonly requests: Queue;
  readonly completions: Queue;
  readonly #base: number;
  readonly #scratch: number;
  readonly #bytes: Buffer;
  readonly #words: Int32Array;
  readonly #doubles: Float64Array;
  readonly #longs: BigInt64Array;
  /** Of the first helper, as a double. */
  readonly #calls: number;

  /** How many bytes of zeroed memory it takes. Pages cost nothing until they are touched. */
  static size(helpers: number): number {
    return BEGUN + pages(helpers * 4) + helpers * (SCRATCH_BYTES + CALLS_BYTES);
  }

  /** The memory at the address `base`, as this thread sees it. */
  constructor(base: number, helpers: number) {
    const buffer = view(base, HelperMemory.size(helpers));
    this.#base = base;
    this.#scratch = base + BEGUN + pages(helpers * 4);
    this.#bytes = Buffer.from(buffer);
    this.#words = new Int32Array(buffer);
    this.#doubles = new Float64Array(buffer, 0, buffer.byteLength >> 3);
    this.#longs = new BigInt64Array(buffer, 0, buffer.byteLength >> 3);
    this.#calls = (BEGUN + pages(helpers * 4) + helpers * SCRATCH_BYTES) / 8;
    this.requests = new Queue(this.#words, REQUESTS, SLOTS);
    this.completions = new Queue(this.#words, COMPLETIONS, SLOTS);
  }

  // --- The loop ---

  /**
   * Hands a request over to the helpers. `address`: where to read to. False: not now, for a helper is about to take another
   * one and stands in the way; when that one comes back there is room again.
   */
  request(slot: number, kind: Kind, operation: DiskOperation, address: number): boolean {
    const words = this.#words;
    const word = wordOf(slot);
    words[word + KIND] = kind;
    words[word + TAKER] = 0;
    words[word + DONE] = 0;
    words[word + ROOT] = operation.root;
    words[word + FILE] = operation.file;
    words[word + REQUEST] = operation.request;
    const double = word / 2;
    this.#longs[double + BEGAN] = 0n;
    this.#doubles[double + TAKEN] = 0;
    this.#doubles[double + POSITION] = operation.position;
    this.#doubles[double + LENGTH] = operation.length;
    this.#doubles[double + ADDRESS] = address;
    if (named(kind)) words[word + NAME_LENGTH] = this.#bytes.write(operation.name, word * 4 + NAME, NAME_BYTES);
    if (!this.requests.put(slot)) return false;
    Atomics.add(words, REQUESTED / 4, 1);
    if (Atomics.load(words, SLEEPERS / 4) !== 0) futexWake(this.#base + REQUESTED, 1);
    return true;
  }

  /** From here on the next completion signals the loop again: to be called before it looks for completions. */
  listen(): void {
    Atomics.store(this.#words, SIGNALLED / 4, 0);
  }

  /** What came of a request, which `completions` has given. */
  readAnswer(slot: number, operation: DiskOperation): void {
    const word = wordOf(slot);
    const words = this.#words;
    operation.result = words[word + RESULT] as number;
    if (operation.result < 0 || !withStatus(words[word + KIND] as Kind)) return;
    const { status } = operation;
    const doubles = this.#doubles;
    let at = word / 2 + STATUS;
    status.regular = words[word + REGULAR] === 1;
    status.directory = words[word + DIRECTORY] === 1;
    status.size = doubles[at++] as number;
    status.inode = doubles[at++] as number;
    status.device = doubles[at++] as number;
    status.modifiedSeconds = doubles[at++] as number;
    status.modifiedNanoseconds = doubles[at++] as number;
    status.changedSeconds = doubles[at++] as number;
    status.changedNanoseconds = doubles[at] as number;
  }

  /** Whether the helper with this number has the slot in hand, and has not completed it. */
  inHand(slot: number, number: number): boolean {
    const word = wordOf(slot);
    return this.#words[word + TAKER] === number && Atomics.load(this.#words, word + DONE) === 0;
  }

  /** Tells a tracer what a helper has done with a request that has come back. */
  record(slot: number, trace: Tracer): void {
    const word = wordOf(slot);
    const words = this.#words;
    const began = this.#longs[word / 2 + BEGAN] as bigint;
    if (began === 0n) return;
    const kind = DISK_OPEN + (words[word + KIND] as number);
    const ended = this.#longs[word / 2 + ENDED] as bigint;
    trace.helped(
      ...([kind, began, ended] as const),
      ...([words[word + REQUEST], words[word + HELPER], words[word + THREAD]] as [number, number, number]),
    );
  }

  /** When a helper took what is in the slot, by the clock that is the same in all threads; 0: none has. */
  takenAt(slot: number): number {
    return this.#doubles[wordOf(slot) / 2 + TAKEN] as number;
  }

  /** Where the helper at this place counts its system calls. */
  calls(place: number): Float64Array {
    const from = this.#calls + place * SYSTEM_CALLS.length;
    return this.#doubles.subarray(from, from + SYSTEM_CALLS.length);
  }

  /** The slot has come back: nobody has it in hand. */
  takeBack(slot: number): void {
    this.#words[wordOf(slot) + TAKER] = 0;
  }

  /** Whether a helper has completed the request in this slot. */
  completed(slot: number): boolean {
    return Atomics.load(this.#words, wordOf(slot) + DONE) === 1;
  }

  /** Whether the helper at this place has come so far as to take requests; asking makes the place ready for the next. */
  tookPlace(place: number): boolean {
    return Atomics.exchange(this.#words, BEGUN / 4 + place, 0) === 1;
  }

  /** All helpers are to end when they have done what they have in hand. */
  stop(): void {
    Atomics.store(this.#words, STOP / 4, 1);
    Atomics.add(this.#words, REQUESTED / 4, 1);
    futexWake(this.#base + STOP, ALL);
    futexWake(this.#base + REQUESTED, ALL);
  }

  // --- A helper ---

  begin(place: number): void {
    Atomics.store(this.#words, BEGUN / 4 + place, 1);
  }

  /** Waits for a request and takes it: its slot, or -1 when the helper is to end. */
  next(number: number): number {
    const words = this.#words;
    while (Atomics.load(words, STOP / 4) === 0) {
      const requested = Atomics.load(words, REQUESTED / 4);
      const slot = this.requests.take();
      if (slot !== -1) {
        words[wordOf(slot) + TAKER] = number;
        this.#doubles[wordOf(slot) / 2 + TAKEN] = commonClock();
        return slot;
      }
      Atomics.add(words, SLEEPERS / 4, 1);
      futexWait(this.#base + REQUESTED, requested, SLEEP_MILLISECONDS);
      Atomics.sub(words, SLEEPERS / 4, 1);
    }
    return -1;
  }

  /** What is asked; the offset is the address to read to. */
  readRequest(slot: number, operation: DiskOperation): Kind {
    const word = wordOf(slot);
    const words = this.#words;
    const kind = words[word + KIND] as Kind;
    operation.root = words[word + ROOT] as number;
    operation.file = words[word + FILE] as number;
    operation.position = this.#doubles[word / 2 + POSITION] as number;
    operation.length = this.#doubles[word / 2 + LENGTH] as number;
    operation.offset = this.#doubles[word / 2 + ADDRESS] as number;
    if (named(kind)) {
      const start = word * 4 + NAME;
      operation.name = this.#bytes.toString('utf8', start, start + (words[word + NAME_LENGTH] as number));
    }
    return kind;
  }

  /** The helper with this number begins with a request, and has ended with it: looked at where that is traced. */
  begun(slot: number, number: number): void {
    const word = wordOf(slot);
    if (this.#words[word + REQUEST] === 0) return;
    this.#words[word + THREAD] = threadIdentifier();
    this.#words[word + HELPER] = number;
    this.#longs[word / 2 + BEGAN] = hrtime.bigint();
  }

  ended(slot: number): void {
    const word = wordOf(slot);
    if (this.#words[word + REQUEST] !== 0) this.#longs[word / 2 + ENDED] = hrtime.bigint();
  }

  /** Gives a slot back to the loop, with the result. Nothing of it may be touched afterwards. */
  complete(slot: number, kind: Kind, operation: DiskOperation, eventfd: number): void {
    const word = wordOf(slot);
    const words = this.#words;
    words[word + RESULT] = operation.result;
    if (operation.result >= 0 && withStatus(kind)) {
      const { status } = operation;
      const doubles = this.#doubles;
      let at = word / 2 + STATUS;
      words[word + REGULAR] = status.regular ? 1 : 0;
      words[word + DIRECTORY] = status.directory ? 1 : 0;
      doubles[at++] = status.size;
      doubles[at++] = status.inode;
      doubles[at++] = status.device;
      doubles[at++] = status.modifiedSeconds;
      doubles[at++] = status.modifiedNanoseconds;
      doubles[at++] = status.changedSeconds;
      doubles[at] = status.changedNanoseconds;
    }
    Atomics.store(words, word + DONE, 1);
    // There is room: each number in that queue is a slot of its own, and the loop alone takes them.
    this.completions.put(slot);
    if (Atomics.exchange(words, SIGNALLED / 4, 1) === 0) signalEventfd(eventfd);
  }

  /** Address of SCRATCH_BYTES for the helper at this place. */
  scratch(place: number): number {
    return this.#scratch + place * SCRATCH_BYTES;
  }

  /** Does nothing for so long, or until the end. */
  pause(milliseconds: number): void {
    futexWait(this.#base + STOP, 0, milliseconds);
  }
}

function wordOf(slot: number): number {
  return (SLOTS_AT + slot * SLOT_BYTES) / 4;
}

function named(kind: Kind): boolean {
  return kind === OPEN || kind === LOOK || kind === LIST;
}

function withStatus(kind: Kind): boolean {
  return kind === OPEN || kind === LOOK;
}

function pages(bytes: number): number {
  return Math.ceil(bytes / 4096) * 4096;
}
