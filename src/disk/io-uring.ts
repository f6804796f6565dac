/**
 * The disk strategy `io_uring`: opening and reading are operations of a ring, and their completions are events like others.
 * The kernel does at once what is in its caches, and the rest when the disk has answered, without a thread of ours.
 *
 * There is no operation for the status of a file: when it has been opened its inode is in memory, and statx(2) on it does
 * not wait (as an operation it would always go to a thread of the kernel's). Nor is there one for what a directory holds:
 * that is read in a thread of Node's.
 *
 * What it keeps true: the path and the memory of an operation stay as they are until it completes, also at the end:
 * `destroy` waits for what is under way, since the kernel may still be writing to the arena.
 */
import type { Dispatcher } from '../dispatcher/dispatcher.js';
import { EAGAIN, ECANCELED, EINTR, EIO, ENAMETOOLONG, ENOTDIR } from '../linux/errno.js';
import {
  closeFile,
  type FileStatus,
  fileStatus,
  O_CLOEXEC,
  O_NOCTTY,
  O_NONBLOCK,
  O_PATH,
  O_RDONLY,
  OPEN_HOW_BYTES,
} from '../linux/files.js';
import {
  IORING_OP_FADVISE,
  IORING_OP_OPENAT2,
  IORING_OP_READ,
  IOSQE_CQE_SKIP_SUCCESS,
  IOSQE_IO_LINK,
  setAddress,
} from '../linux/io-uring.js';
import type { Arena } from '../memory/arena.js';
import { Fifo } from '../memory/fifo.js';
import { BlockingDisk, RACES, RESOLVE } from './blocking.js';
import { directoryEntries } from './directory-entries.js';
import { type AsynchronousDisk, type DiskOperation, PENDING } from './disk.js';
import { type DiskRing, openDiskRing, RING_OPERATIONS } from './disk-ring.js';
import { Residency } from './resident.js';

/** PATH_MAX. */
const PATH_BYTES = 4096;
/** What `warm` reads lands here and is never looked at: many reads may do so at once. */
const SCRATCH_BYTES = 1_048_576;
/** How often the end waits a little for what is under way: five seconds in all. */
const WAITS = 100;

// The words of struct io_uring_sqe that are used: see linux/io-uring.ts.
const DESCRIPTOR = 1;
const OFFSET = 2;
const ADDRESS = 4;
const LENGTH = 6;
const ADVICE = 7;

/** posix_fadvise(2). */
const POSIX_FADV_WILLNEED = 3;

const ASKED_FOR = -1;
const NOBODY = -1;

type Kind = 'open' | 'look' | 'read' | 'warm' | 'list';

/** What is under way under one number. */
interface Slot {
  kind: Kind;
  operation: DiskOperation | null;
  attempts: number;
  /** warm: how many bytes have been read; -1: it has been asked for, and the last byte is waited for. */
  done: number;
}

interface Waiting {
  readonly kind: Kind;
  readonly operation: DiskOperation;
}

export class IoUringDisk implements AsynchronousDisk {
  readonly name = 'io_uring';
  readonly #arena: Arena;
  readonly #dispatcher: Dispatcher;
  readonly #direct: BlockingDisk;
  readonly #residency: Residency;
  readonly #ring: DiskRing;
  readonly #encoder = new TextEncoder();
  readonly #scratch: number;
  readonly #paths: number;
  /** Two struct open_how: to open for reading, and to look. */
  readonly #how: Readonly<Record<'open' | 'look', number>>;
  readonly #slots: Slot[] = [];
  readonly #free: number[] = [];
  /** Those for whom there is no number yet, first come first served. */
  readonly #waiting = new Fifo<Waiting>();
  /** Directories that are being read. */
  readonly #listing = new Set<Promise<void>>();
  #destroyed = false;

  /** Throws SystemError where the kernel does not let us have a ring. */
  constructor(arena: Arena, dispatcher: Dispatcher) {
    this.#arena = arena;
    this.#dispatcher = dispatcher;
    this.#direct = new BlockingDisk(arena);
    this.#residency = new Residency(arena);
    this.#scratch = arena.reserve(SCRATCH_BYTES, PATH_BYTES);
    this.#paths = arena.reserve(RING_OPERATIONS * PATH_BYTES);
    this.#how = { open: this.#openHow(O_RDONLY | O_NONBLOCK | O_NOCTTY), look: this.#openHow(O_PATH) };
    for (let number = RING_OPERATIONS - 1; number >= 0; number--) this.#free.push(number);
    this.#ring = openDiskRing(dispatcher, arena, (number, result) => this.#completed(number, result));
  }

  #openHow(flags: number): number {
    const offset = this.#arena.reserve(OPEN_HOW_BYTES);
    this.#arena.words[offset / 4] = flags | O_CLOEXEC;
    this.#arena.words[offset / 4 + 4] = RESOLVE;
    return this.#arena.base + offset;
  }

  openRoot(path: string): number {
    return this.#direct.openRoot(path);
  }

  open(operation: DiskOperation): number {
    return this.#ask('open', operation);
  }

  look(operation: DiskOperation): number {
    return this.#ask('look', operation);
  }

  read(operation: DiskOperation): number {
    return this.#ask('read', operation);
  }

  warm(operation: DiskOperation): number {
    if (!this.#residency.has(operation.file, operation.position, operation.length)) return this.#ask('warm', operation);
    operation.result = 0;
    return 0;
  }

  list(operation: DiskOperation): number {
    return this.#ask('list', operation);
  }

  status(file: number, status: FileStatus): number {
    return fileStatus(file, status);
  }

  close(file: number): void {
    closeFile(file);
  }

  #ask(kind: Kind, operation: DiskOperation): number {
    if (this.#destroyed) {
      operation.result = -ECANCELED;
      return operation.result;
    }
    const number = this.#free.pop();
    if (number === undefined) this.#waiting.put({ kind, operation });
    else if (!this.#begin(number, kind, operation)) return operation.result;
    return PENDING;
  }

  /** False when it has failed at once: its name is longer than any path. */
  #begin(number: number, kind: Kind, operation: DiskOperation): boolean {
    if (byName(kind) && !this.#writePath(number, operation.name)) {
      operation.result = -ENAMETOOLONG;
      this.#free.push(number);
      return false;
    }
    this.#slots[number] = { kind, operation, attempts: 1, done: kind === 'warm' ? ASKED_FOR : 0 };
    this.#fill(number);
    this.#ring.submit();
    return true;
  }

  #writePath(number: number, name: string): boolean {
    const start = this.#paths + number * PATH_BYTES;
    const { read, written } = this.#encoder.encodeInto(name, this.#arena.bytes.subarray(start, start + PATH_BYTES - 1));
    this.#arena.bytes[start + written] = 0;
    return read === name.length;
  }

  #fill(number: number): void {
    const { kind, operation, done } = this.#slots[number] as Slot & { operation: DiskOperation };
    const { entries } = this.#ring;
    const { base } = this.#arena;
    if (byName(kind)) {
      const entry = this.#ring.next(IORING_OP_OPENAT2, number);
      entries[entry + DESCRIPTOR] = operation.root;
      setAddress(entries, entry + ADDRESS, base + this.#paths + number * PATH_BYTES);
      setAddress(entries, entry + OFFSET, this.#how[kind === 'look' ? 'look' : 'open']);
      entries[entry + LENGTH] = OPEN_HOW_BYTES;
      return;
    }
    if (done === ASKED_FOR) {
      this.#fillToAskFor(number, operation);
      return;
    }
    const entry = this.#ring.next(IORING_OP_READ, number);
    entries[entry + DESCRIPTOR] = operation.file;
    setAddress(entries, entry + OFFSET, operation.position + done);
    setAddress(entries, entry + ADDRESS, base + (kind === 'read' ? operation.offset : this.#scratch));
    const left = operation.length - done;
    entries[entry + LENGTH] = kind === 'read' ? left : Math.min(left, SCRATCH_BYTES);
  }

  /** The whole range is asked for at once, and its last byte, which is likely to come last, is waited for. */
  #fillToAskFor(number: number, { file, position, length }: DiskOperation): void {
    const { entries } = this.#ring;
    const advice = this.#ring.next(IORING_OP_FADVISE | IOSQE_IO_LINK | IOSQE_CQE_SKIP_SUCCESS, NOBODY);
    entries[advice + DESCRIPTOR] = file;
    setAddress(entries, advice + OFFSET, position);
    entries[advice + LENGTH] = length;
    entries[advice + ADVICE] = POSIX_FADV_WILLNEED;
    const last = this.#ring.next(IORING_OP_READ, number);
    entries[last + DESCRIPTOR] = file;
    setAddress(entries, last + OFFSET, position + length - 1);
    setAddress(entries, last + ADDRESS, this.#arena.base + this.#scratch);
    entries[last + LENGTH] = 1;
  }

  #completed(number: number, result: number): void {
    // Advice that was refused: what follows it says so.
    if (number === NOBODY) return;
    const slot = this.#slots[number] as Slot;
    const operation = slot.operation as DiskOperation;
    // Interrupted, or resolving a name raced with a rename: see openat2(2).
    const again = result === -EINTR || (result === -EAGAIN && slot.attempts++ < RACES);
    if (again || (slot.kind === 'warm' && this.#warmsOn(slot, operation, result))) {
      this.#fill(number);
      this.#ring.submit();
      return;
    }
    operation.result = this.#resultOf(slot.kind, operation, result);
    slot.operation = null;
    this.#free.push(number);
    this.#dispatcher.counts.diskReads++;
    this.#dispatcher.tracing.trace?.diskCompleted(operation.request);
    this.#beginWaiting();
    if (slot.kind === 'list' && operation.result >= 0) this.#list(operation, operation.result);
    else operation.asker.diskCompleted(operation);
  }

  /** Reads the names in an open directory, and closes it. */
  #list(operation: DiskOperation, descriptor: number): void {
    const listed = directoryEntries(descriptor, operation.length || Number.POSITIVE_INFINITY)
      .then(
        (entries) => {
          operation.entries = entries;
          operation.result = 0;
        },
        () => {
          operation.result = -EIO;
        },
      )
      .then(() => {
        closeFile(descriptor);
        this.#listing.delete(listed);
        operation.asker.diskCompleted(operation);
      });
    this.#listing.add(listed);
  }

  /** Whether there is more to read. */
  #warmsOn(slot: Slot, operation: DiskOperation, result: number): boolean {
    if (slot.done !== ASKED_FOR) {
      if (result <= 0) return false;
      slot.done += result;
      return slot.done < operation.length;
    }
    // What is not there yet, for whatever reason, is read.
    slot.done = 0;
    return !this.#residency.hasRead(operation.file, operation.position, operation.length);
  }

  #resultOf(kind: Kind, operation: DiskOperation, result: number): number {
    if (result < 0 || kind === 'read') return result;
    if (kind === 'warm') return 0;
    const looked = fileStatus(result, operation.status);
    if (looked >= 0 && (kind === 'open' || (kind === 'list' && operation.status.directory))) return result;
    closeFile(result);
    return looked >= 0 && kind === 'list' ? -ENOTDIR : looked;
  }

  /** Whoever waits for a number gets it. */
  #beginWaiting(): void {
    while (this.#waiting.length > 0 && this.#free.length > 0) {
      const { kind, operation } = this.#waiting.take() as Waiting;
      if (!this.#begin(this.#free.pop() as number, kind, operation)) operation.asker.diskCompleted(operation);
    }
  }

  destroy(): Promise<void> | void {
    if (this.#destroyed) return;
    this.#destroyed = true;
    for (let next = this.#waiting.take(); next !== undefined; next = this.#waiting.take()) {
      next.operation.result = -ECANCELED;
      next.operation.asker.diskCompleted(next.operation);
    }
    for (let waits = 0; waits < WAITS && this.#free.length < RING_OPERATIONS; waits++) this.#ring.wait();
    this.#ring.destroy();
    if (this.#listing.size > 0) return Promise.all(this.#listing).then(() => {});
  }
}

function byName(kind: Kind): boolean {
  return kind === 'open' || kind === 'look' || kind === 'list';
}
