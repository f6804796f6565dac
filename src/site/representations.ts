/**
 * Which representation of a file a client gets: the file as it is, or one in a content coding that the client accepts. That
 * is a file beside it (`app.js.br`), found as every file is, or what we have compressed ourselves.
 *
 * Each representation has an entry, with validators and answers of its own, so conditions and ranges are about what is sent.
 * The plain entry knows the coded ones; they leave the cache with it, and are doubted with it.
 *
 * The codings are tried in the order of the client's preference, and at each a file beside it comes before one that we have to
 * make. A file beside it that is older than the file is not sent: it was made of something else. Whatever goes wrong with a
 * coded representation only means that there is none.
 */
import type { Disk, FileStatus } from '../disk/disk.js';
import {
  BROTLI,
  CODING_NAMES,
  type Coding,
  codingAt,
  GZIP,
  NO_CODING,
  refusesIdentity,
  ZSTD,
} from '../http/accept-encoding.js';
import type { Arena } from '../memory/arena.js';
import type { Heap } from '../memory/heap.js';
import type { Waiter } from './answer.js';
import { Compression, type CompressionHost } from './compression.js';
import type { Compressor } from './compressor.js';
import type { ContentCache } from './content-cache.js';
import type { Descriptions } from './description.js';
import { Entry } from './entry.js';
import type { FileAnswers } from './file-answers.js';
import { Load, type LoadHost } from './load.js';
import type { OpenFile } from './open-file.js';
import type { Question } from './question.js';

/** What the names of files in a coding end with. */
const ENDINGS: Readonly<Record<Coding, string>> = { [BROTLI]: '.br', [ZSTD]: '.zst', [GZIP]: '.gz' };
/** By so many seconds a file beside it may be older: archives count in steps of two. */
const SLACK_SECONDS = 2;
/** Less than one part in so many is not worth a representation of its own. */
const LEAST_GAIN = 20;
/** The outcome of a compression takes at most one part in so many of the cache. */
const CACHE_SHARE = 8;
/** Contents that are read or compressed at a time, in bytes: whoever comes then is sent the file as it is. */
const MOST_UNDER_WAY_BYTES = 33_554_432;
/** No file has such a name. */
const SEPARATOR = '\0';

/** The client must be told that there is nothing that it accepts (RFC 9110 12.5.3 and 15.5.7). */
export const NOT_ACCEPTABLE = 406;
/** The question waits: `goOn` follows. */
export const WAITS = null;

export interface RepresentationsHost extends Omit<LoadHost, 'makeEntry' | 'loaded'> {
  readonly arena: Arena;
  readonly heap: Heap;
  readonly descriptions: Descriptions;
  /** What a question waited for has ended; `plain` is the entry that it was about. */
  goOn(question: Question, plain: Entry): void;
  /** Whether an entry that was current a second ago may be given out while the disk looks at it again. */
  isWatched(name: string): boolean;
  /** Nothing is under way any more. */
  ended(): void;
}

/** Finds out what is beside a file. */
class SiblingLoad extends Load {
  readonly plain: Entry;
  readonly coding: Coding;

  constructor(host: LoadHost, plain: Entry, coding: Coding, known: Entry | null) {
    super(host, nameOf(plain, coding), known, plain.name + ENDINGS[coding]);
    this.plain = plain;
    this.coding = coding;
  }
}

export class Representations implements LoadHost, CompressionHost {
  readonly disk: Disk;
  readonly root: number;
  readonly cache: ContentCache;
  readonly answers: FileAnswers;
  readonly cachedFileBytes: number;
  readonly diskFailed: (name: string, error: number) => void;
  readonly arena: Arena;
  readonly heap: Heap;
  readonly #host: RepresentationsHost;
  readonly #siblings: boolean;
  readonly #compressor: Compressor | null;
  /** By the name of the coded entry. */
  readonly #loads = new Map<string, SiblingLoad>();
  readonly #compressions = new Map<string, Compression>();
  readonly #waiting = new Map<Waiter, Question[]>();
  #underWayBytes = 0;
  closed = false;

  /** `siblings`: files beside the file are sent; `compressor`: null, nothing is compressed. */
  constructor(host: RepresentationsHost, siblings: boolean, compressor: Compressor | null) {
    this.disk = host.disk;
    this.root = host.root;
    this.cache = host.cache;
    this.answers = host.answers;
    this.cachedFileBytes = host.cachedFileBytes;
    this.diskFailed = host.diskFailed;
    this.arena = host.arena;
    this.heap = host.heap;
    this.#host = host;
    this.#siblings = siblings;
    this.#compressor = compressor;
  }

  get second(): number {
    return this.#host.second;
  }

  get compressor(): Compressor {
    return this.#compressor as Compressor;
  }

  /** Whether the disk works on something. */
  get busy(): boolean {
    if (this.#loads.size > 0) return true;
    for (const compression of this.#compressions.values()) if (compression.reading) return true;
    return false;
  }

  /**
   * The entry to answer from, if that is known to be current and needs nobody to be asked; null: `select` finds out. Allocates
   * nothing.
   */
  known(plain: Entry, preference: number): Entry | null {
    const { coded } = plain;
    if (coded === null) return plain;
    const { second } = this;
    for (let place = 0; ; place++) {
      const coding = codingAt(preference, place);
      if (coding === NO_CODING) return refusesIdentity(preference) ? null : plain;
      const entry = coded.get(coding);
      if (entry !== null && entry.checked === second) return entry;
      if (this.#siblings && coded.absent[coding] !== second) return null;
      if (!coded.worthless && this.#compressor?.makes(coding)) return null;
    }
  }

  /** The entry to answer a question from; WAITS; or NOT_ACCEPTABLE. */
  select(plain: Entry, question: Question): Entry | typeof WAITS | typeof NOT_ACCEPTABLE {
    for (;;) {
      const coding = plain.coded === null ? NO_CODING : codingAt(question.preference, question.tried);
      if (coding === NO_CODING) break;
      const entry = this.#find(plain, coding, question);
      if (entry !== undefined) return entry;
      question.tried++;
      question.looked = false;
    }
    return refusesIdentity(question.preference) && plain.coded !== null ? NOT_ACCEPTABLE : plain;
  }

  /** How many wait for an answer. */
  get pending(): number {
    return this.#waiting.size;
  }

  forget(waiter: Waiter): void {
    const questions = this.#waiting.get(waiter);
    if (questions === undefined) return;
    this.#waiting.delete(waiter);
    const index = questions.findIndex((question) => question.waiter === waiter);
    if (index >= 0) questions.splice(index, 1);
  }

  /** Something has changed at `name`, or anywhere. */
  changed(name: string | null): void {
    for (const load of this.#loads.values()) {
      if (name === null || load.path === name || load.plain.name === name) load.doubted = true;
    }
    if (name === null) return;
    // What is beside a file has changed: both are asked about anew.
    for (const ending of Object.values(ENDINGS)) {
      if (name.endsWith(ending)) this.cache.get(name.slice(0, -ending.length))?.doubt();
    }
  }

  directoryChanged(directory: string): void {
    for (const load of this.#loads.values()) if (load.path.startsWith(directory)) load.doubted = true;
  }

  /** Nobody is told any more; what is under way gives back what it has when it ends. */
  close(): void {
    this.closed = true;
    this.#waiting.clear();
  }

  makeEntry(load: Load, status: FileStatus, file: OpenFile | null): Entry {
    const { plain, coding } = load as SiblingLoad;
    return new Entry(load.name, status, file, this.second, this.#host.descriptions.ofCoded(plain, coding, ''));
  }

  loaded(ended: Load): void {
    const load = ended as SiblingLoad;
    this.#loads.delete(load.name);
    if (this.closed) {
      if (typeof load.outcome !== 'number' && load.outcome.cached) this.cache.remove(load.outcome);
      load.end();
      this.#endIfIdle();
      return;
    }
    this.#note(load);
    this.#goOn(load.questions, load.plain, (question) => {
      question.looked = !question.late;
    });
  }

  compressed(compression: Compression, coded: Uint8Array | null): void {
    const { plain, coding, questions } = compression;
    this.#compressions.delete(nameOf(plain, coding));
    this.#underWayBytes -= plain.size;
    if (this.closed) {
      this.#endIfIdle();
      return;
    }
    const entry = coded === null ? null : this.#keep(plain, coding, coded);
    if (entry === null && plain.coded !== null) plain.coded.worthless = true;
    this.#goOn(questions, plain, (question) => {
      question.looked = true;
      question.compressed = true;
    });
  }

  /** The entry in this coding; WAITS; undefined: there is none. */
  #find(plain: Entry, coding: Coding, question: Question): Entry | typeof WAITS | undefined {
    if (this.#siblings) {
      const sibling = this.#sibling(plain, coding, question);
      if (sibling !== undefined) return sibling;
    }
    return this.#compressor === null ? undefined : this.#own(plain, coding, question, this.#compressor);
  }

  /** The file beside it. */
  #sibling(plain: Entry, coding: Coding, question: Question): Entry | typeof WAITS | undefined {
    const coded = plain.coded!;
    const cached = coded.get(coding);
    const known = cached !== null && !isOwn(cached) ? cached : null;
    if (known !== null && (known.checked === this.second || question.looked)) return known;
    if (known === null && (coded.absent[coding] === this.second || question.looked)) return undefined;
    let load = this.#loads.get(nameOf(plain, coding));
    if (load === undefined) {
      load = new SiblingLoad(this, plain, coding, known);
      if (load.start()) return this.#note(load);
      this.#loads.set(load.name, load);
      const before = this.second - 1;
      if (this.#host.isWatched(plain.name)) {
        if (known?.checked === before && known.settled) {
          known.checked = this.second;
          return known;
        }
        if (known === null && coded.absent[coding] === before) {
          coded.absent[coding] = this.second;
          return undefined;
        }
      }
    }
    question.late = load.doubted;
    this.#wait(question, load.questions);
    question.waiter.waitsForDisk?.(true);
    return WAITS;
  }

  /** What has been found out about the file beside it. One that cannot be kept is none. */
  #note(load: SiblingLoad): Entry | undefined {
    const { plain, coding, outcome } = load;
    const coded = plain.coded!;
    load.end();
    if (typeof outcome !== 'number' && outcome.cached) {
      const older = outcome.status.modifiedSeconds + SLACK_SECONDS < plain.status.modifiedSeconds;
      if (!older && plain.cached) {
        coded.entries[coding] = outcome;
        return outcome;
      }
      this.cache.remove(outcome);
    }
    coded.absent[coding] = load.doubted ? -1 : this.second;
    return undefined;
  }

  /** What we have made, or make now. */
  #own(plain: Entry, coding: Coding, question: Question, compressor: Compressor): Entry | typeof WAITS | undefined {
    const coded = plain.coded!;
    const known = coded.get(coding);
    if (known !== null && isOwn(known)) {
      known.checked = plain.checked;
      return known;
    }
    // Each question waits for one compression at most.
    if (coded.worthless || question.compressed) return undefined;
    const name = nameOf(plain, coding);
    let compression = this.#compressions.get(name);
    if (compression === undefined) {
      if (!compressor.admits(coding, plain.size)) return undefined;
      if (this.#underWayBytes + plain.size > MOST_UNDER_WAY_BYTES) return undefined;
      this.#underWayBytes += plain.size;
      compression = new Compression(this, plain, coding);
      this.#compressions.set(name, compression);
      compression.start();
      if (compression.done) return coded.get(coding) ?? undefined;
    } else if (compression.plain !== plain) {
      // Of what the file was before: whoever waits for it asks again.
      return undefined;
    }
    this.#wait(question, compression.questions);
    return WAITS;
  }

  /** The outcome of a compression as an entry of the cache; null where it is not worth it, or cannot be kept. */
  #keep(plain: Entry, coding: Coding, coded: Uint8Array): Entry | null {
    if (!plain.cached || plain.coded === null) return null;
    if (coded.length > plain.size - plain.size / LEAST_GAIN || coded.length > this.heap.capacity / CACHE_SHARE)
      return null;
    const description = this.#host.descriptions.ofCoded(plain, coding, this.compressor.stampOf(coding), coded.length);
    const entry = new Entry(nameOf(plain, coding), plain.status, null, this.second, description);
    this.cache.touch(plain);
    if (!this.answers.keep(entry, coded, this.second)) return null;
    this.cache.add(entry);
    if (!plain.cached) {
      this.cache.remove(entry);
      return null;
    }
    entry.checked = plain.checked;
    plain.coded.entries[coding] = entry;
    return entry;
  }

  #wait(question: Question, questions: Question[]): void {
    questions.push(question);
    this.#waiting.set(question.waiter, questions);
  }

  #goOn(questions: Question[], plain: Entry, prepare: (question: Question) => void): void {
    // A waiter may ask again, or be forgotten, while another one is told.
    for (;;) {
      const question = questions.shift();
      if (question === undefined) break;
      this.#waiting.delete(question.waiter);
      question.waiter.waitsForDisk?.(false);
      prepare(question);
      this.#host.goOn(question, plain);
    }
  }

  #endIfIdle(): void {
    if (!this.busy) this.#host.ended();
  }
}

/** Whether it is one that we have made: there is no file of its size. */
function isOwn(entry: Entry): boolean {
  return entry.description.size !== undefined;
}

/** What the cache knows a coded representation by. */
function nameOf(plain: Entry, coding: Coding): string {
  return plain.name + SEPARATOR + CODING_NAMES[coding];
}
