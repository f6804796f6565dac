/**
 * Finds out what a name stands for now: looks whether a known entry is still current, or opens and reads the file.
 *
 * A state machine, driven by the completions of its one disk operation: it goes on for as long as the disk answers at once,
 * and continues where it was when the disk answers later. Everybody who asks for the same name meanwhile waits for the
 * same load.
 *
 * What it keeps true: the contents that are kept are those of one version of the file. It is looked at before and after it
 * is read; if it has changed or is shorter than it was, it is read once more, and then not kept in memory but sent from the
 * open file, which is checked again while it is sent.
 */
import {
  type Disk,
  type DiskAsker,
  DiskOperation,
  EXHAUSTED,
  FAILED,
  type Failure,
  FileStatus,
  FORBIDDEN,
  failureOf,
  MISSING,
  PENDING,
} from '../disk/disk.js';
import type { ContentCache } from './content-cache.js';
import type { Entry } from './entry.js';
import type { Block, FileAnswers } from './file-answers.js';
import { OpenFile } from './open-file.js';
import type { Question } from './question.js';

/** What a load is made for, and who hears of its end. */
export interface LoadHost {
  readonly disk: Disk;
  readonly root: number;
  readonly cache: ContentCache;
  readonly answers: FileAnswers;
  /** Larger files are not kept in memory, in bytes. */
  readonly cachedFileBytes: number;
  /** Seconds since the epoch. */
  readonly second: number;
  /** The disk has failed with this file: -errno. */
  readonly diskFailed: (name: string, error: number) => void;
  /** What is known of a file that a load has found. */
  makeEntry(load: Load, status: FileStatus, file: OpenFile | null): Entry;
  /** A load that had to wait has ended. */
  loaded(load: Load): void;
}

/** What a name came to: an entry, or a status: 301 for a directory, else an error. */
export type Outcome = Entry | number;

export const DIRECTORY = 301;

export const STATUS_OF_FAILURE: Readonly<Record<Failure, number>> = {
  [MISSING]: 404,
  [FORBIDDEN]: 403,
  [EXHAUSTED]: 503,
  [FAILED]: 500,
};

const LOOKING = 0;
const OPENING = 1;
const READING = 2;
const DONE = 3;

/** What a step gives when there is nothing to ask the disk for any more. */
const NOTHING = 0;

const after = new FileStatus();

export class Load implements DiskAsker {
  /** What it is known by. */
  readonly name: string;
  /** Where the file is beneath the root. */
  readonly path: string;
  readonly questions: Question[] = [];
  /** Set when it is done. */
  outcome: Outcome = 500;
  /** Something has changed while it was under way: what it finds must be looked at again. */
  doubted = false;
  readonly #host: LoadHost;
  readonly #operation = new DiskOperation(this);
  #state = LOOKING;
  #known: Entry | null;
  #entry: Entry | null = null;
  #block: Block | null = null;
  #filled = 0;
  #again = false;
  #closedOthers = false;
  #cached = false;

  /** `known`: what the cache has under this name. */
  constructor(host: LoadHost, name: string, known: Entry | null, path = name) {
    this.#host = host;
    this.name = name;
    this.path = path;
    this.#known = known;
    this.#operation.root = host.root;
    this.#operation.name = path;
  }

  /** Begins: true when it is done already, false when `loaded` will be called. */
  start(): boolean {
    if (this.#known === null || !this.#known.settled) return this.#goOn(this.#open());
    return this.#goOn(this.#host.disk.look(this.#operation));
  }

  diskCompleted(operation: DiskOperation): void {
    if (this.#goOn(operation.result)) this.#host.loaded(this);
  }

  /** The entry that was found has had to leave the cache since. */
  get evicted(): boolean {
    return this.#cached && !(this.outcome as Entry).cached;
  }

  /** Gives back what only this load has: an entry that is not in the cache. Its answers keep what they need. */
  end(): void {
    if (typeof this.outcome !== 'number' && !this.outcome.cached) this.outcome.retire();
  }

  #goOn(first: number): boolean {
    let result = first;
    while (result !== PENDING && this.#state !== DONE) {
      if (this.#state === LOOKING) result = this.#looked(result);
      else if (this.#state === OPENING) result = this.#opened(result);
      else result = this.#read(result);
    }
    return this.#state === DONE;
  }

  #looked(result: number): number {
    const { cache } = this.#host;
    const known = this.#known as Entry;
    if (result >= 0 && known.cached && known.status.equals(this.#operation.status)) return this.#done(known);
    // It is another file now, or none: opening it tells.
    cache.remove(known);
    return this.#open();
  }

  #open(): number {
    this.#state = OPENING;
    return this.#host.disk.open(this.#operation);
  }

  #opened(result: number): number {
    const { cache, cachedFileBytes, disk } = this.#host;
    if (result < 0) {
      const failure = failureOf(result);
      // Descriptors of large files that are only kept may be what is missing.
      if (failure === EXHAUSTED && !this.#closedOthers && cache.closeOldest()) {
        this.#closedOthers = true;
        return this.#open();
      }
      if (this.#known !== null) cache.remove(this.#known);
      if (failure === FAILED) this.#host.diskFailed(this.name, result);
      return this.#done(STATUS_OF_FAILURE[failure]);
    }
    const { status } = this.#operation;
    this.#operation.file = result;
    if (!status.regular) {
      disk.close(result);
      if (this.#known !== null) cache.remove(this.#known);
      // FIFOs, devices and sockets are nobody's business.
      return this.#done(status.directory ? DIRECTORY : 404);
    }
    return status.size > cachedFileBytes ? this.#keepOpen(true) : this.#beginReading();
  }

  #beginReading(): number {
    const { answers, second } = this.#host;
    const entry = this.#host.makeEntry(this, this.#operation.status, null);
    const block = answers.reserve(entry, second);
    // The memory is full of what is being sent: this file is sent from where it is.
    if (block === null) return this.#keepOpen(false);
    this.#state = READING;
    this.#entry = entry;
    this.#block = block;
    this.#filled = 0;
    return entry.size === 0 ? NOTHING : this.#readMore(entry, block);
  }

  #readMore(entry: Entry, block: Block): number {
    const operation = this.#operation;
    operation.position = this.#filled;
    operation.length = entry.size - this.#filled;
    operation.offset = block.offset + block.headLength + this.#filled;
    return this.#host.disk.read(operation);
  }

  #read(result: number): number {
    const { answers, cache, disk } = this.#host;
    const entry = this.#entry as Entry;
    const block = this.#block as Block;
    const { file } = this.#operation;
    if (result > 0) {
      this.#filled += result;
      if (this.#filled < entry.size) return this.#readMore(entry, block);
    }
    // At the end of the file too early, or in full: what is it now?
    const looked = result < 0 ? result : disk.status(file, after);
    if (looked >= 0 && this.#filled === entry.size && after.sameContent(entry.status)) {
      disk.close(file);
      answers.adopt(entry, block);
      cache.add(entry);
      return this.#done(entry);
    }
    answers.free(block);
    this.#block = null;
    if (looked < 0) {
      disk.close(file);
      if (this.#known !== null) cache.remove(this.#known);
      const failure = failureOf(looked);
      if (failure === FAILED) this.#host.diskFailed(this.name, looked);
      return this.#done(STATUS_OF_FAILURE[failure]);
    }
    if (!this.#again) {
      this.#again = true;
      disk.close(file);
      return this.#open();
    }
    this.#operation.status.copyFrom(after);
    return this.#keepOpen(false);
  }

  /** Answers are sent from the open file. `cached`: it is kept open for later requests too. */
  #keepOpen(cached: boolean): number {
    const { cache, disk } = this.#host;
    const { file, status } = this.#operation;
    const entry = this.#host.makeEntry(this, status, new OpenFile(disk, file, status));
    if (cached) cache.add(entry);
    else if (this.#known !== null) cache.remove(this.#known);
    return this.#done(entry);
  }

  #done(outcome: Outcome): number {
    this.#state = DONE;
    this.#known = null;
    this.outcome = outcome;
    if (typeof outcome !== 'number') {
      outcome.checked = this.doubted ? -1 : this.#host.second;
      this.#cached = outcome.cached;
    }
    return NOTHING;
  }
}
