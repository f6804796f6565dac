/**
 * Static files: the site that serves a directory.
 *
 * Three ways to an answer, each a fallback for the one before:
 * 1. the request head is one that came before, and what it was answered with may still be given out;
 * 2. the path, byte for byte, is known, and so is the answer;
 * 3. the path is decoded, the file looked at, opened or read, and the answer made.
 * The first two allocate nothing and read no clock: `tick` says which second it is, and an answer says for which second it
 * may be given out. Each file is looked at again in each second in which it is asked for, once; where the disk answers that
 * later, and changes would be told, what was current a second ago is given out meanwhile.
 */
import type { Disk, FileStatus } from '../disk/disk.js';
import { IDENTITY_ONLY, PREFERENCES, preferenceOf } from '../http/accept-encoding.js';
import { ascii } from '../http/characters.js';
import { evaluate, IGNORE_RANGE, NOT_MODIFIED, PRECONDITION_FAILED } from '../http/conditional.js';
import { coalesced, parseRange } from '../http/range.js';
import {
  CONDITIONAL_FIELDS,
  FIELD_ACCEPT_ENCODING,
  FORM_ASTERISK,
  METHOD_GET,
  METHOD_HEAD,
  METHOD_OPTIONS,
  METHOD_OTHER,
  type RequestHead,
} from '../http/request-head.js';
import type { Arena } from '../memory/arena.js';
import type { Heap } from '../memory/heap.js';
import { type Answer, PENDING, type Waiter } from './answer.js';
import type { Compressor } from './compressor.js';
import { ContentCache } from './content-cache.js';
import { Cors, isPreflight } from './cors.js';
import { Descriptions } from './description.js';
import { fileOfName, locationOfDirectory } from './directory.js';
import { Entry, HEAD_ONLY, NOT_CHANGED, slotOf, WHOLE } from './entry.js';
import { ErrorAnswers } from './error-answer.js';
import { FieldRules } from './field-rules.js';
import { FileAnswers } from './file-answers.js';
import { CLOSING, HeadWriter, VARIANTS, type Variant, variantOf } from './head-writer.js';
import type { HeldAnswer } from './held-answer.js';
import { DIRECTORY, Load, type LoadHost, type Outcome } from './load.js';
import type { OpenFile } from './open-file.js';
import { PathTable } from './path-table.js';
import { Question } from './question.js';
import { NOT_ACCEPTABLE, Representations, type RepresentationsHost, WAITS } from './representations.js';
import { DEFAULT_SITE_SETTINGS, type SiteSettings } from './settings.js';
import type { Site } from './site.js';
import { nameOfTarget } from './target.js';
import { type ChangeNotifier, Watcher } from './watcher.js';

export interface StaticSiteOptions {
  /** The directory whose contents are served. */
  readonly root: string;
  readonly arena: Arena;
  /** Where answers lie: its capacity bounds the cache. */
  readonly heap: Heap;
  readonly disk: Disk;
  /** The largest file that is kept in memory, in bytes. */
  readonly cachedFileBytes?: number;
  /** How many large files are kept open. */
  readonly openFiles?: number;
  /** How many small files are known at once. */
  readonly entries?: number;
  /** Tells of changes in directories as they happen; without it they are noticed within a second. */
  readonly changes?: ChangeNotifier | undefined;
  /** How it answers; as it does by default otherwise. */
  readonly settings?: SiteSettings;
  /** What compresses text; without it nothing does. */
  readonly compressor?: Compressor | undefined;
  /** Told when the disk has failed with a file: -errno. */
  readonly diskFailed?: (name: string, error: number) => void;
  /** Milliseconds since the epoch, until the first `tick`. */
  readonly now?: number;
}

/** Up to about here sending from memory costs less than sendfile(2); docs/benchmarks.md has the figures. */
export const DEFAULT_CACHED_FILE_BYTES = 65_536;
/** As in the examples of nginx's open_file_cache, and half of the usual soft limit of 1024 descriptors. */
export const DEFAULT_OPEN_FILES = 512;
/** An entry costs about 1 KiB beside its contents: so many that this stays below a quarter of the heap. */
const HEAP_BYTES_PER_ENTRY = 4_096;
const MOST_ENTRIES = 65_536;
const PATHS_PER_ENTRY = 2;
const ACCEPT_ENCODING_BIT = 1 << FIELD_ACCEPT_ENCODING;

/** What a site has done since its start, and what it has now. */
export interface SiteCounts {
  /** Requests answered without asking the disk. */
  readonly hits: number;
  /** Times that the disk was asked what a name stands for. */
  readonly misses: number;
  readonly evictions: number;
  /** Files that are known now. */
  readonly entries: number;
  readonly openFiles: number;
  /** Bytes of the heap in use. */
  readonly bytes: number;
}

export class StaticSite implements Site, LoadHost, RepresentationsHost {
  readonly arena: Arena;
  readonly heap: Heap;
  readonly disk: Disk;
  readonly root: number;
  readonly cachedFileBytes: number;
  readonly diskFailed: (name: string, error: number) => void;
  readonly cache: ContentCache;
  readonly answers: FileAnswers;
  readonly descriptions: Descriptions;
  second: number;
  readonly #settings: SiteSettings;
  readonly #rules: FieldRules;
  /** Null: no answer depends on where a script comes from. */
  readonly #cors: Cors | null;
  /** Null: every file is sent as it is. */
  readonly #representations: Representations | null;
  /** Whether answers depend on more of a request than its path. */
  readonly #selects: boolean;
  readonly #errors: ErrorAnswers;
  readonly #paths: PathTable;
  readonly #watcher: Watcher | null;
  /** What is being found out, by name of the file. */
  readonly #loads = new Map<string, Load>();
  readonly #waiting = new Map<Waiter, Load>();
  #secondBegins: number;
  #secondEnds: number;
  #hits = 0;
  #misses = 0;
  #closed = false;
  #rootClosed = false;

  /** Throws SystemError when the root cannot be opened, RangeError when the heap is too small for anything. */
  constructor(options: StaticSiteOptions) {
    const { arena, heap, disk, settings = DEFAULT_SITE_SETTINGS, compressor } = options;
    this.arena = arena;
    this.heap = heap;
    this.disk = disk;
    this.diskFailed = options.diskFailed ?? (() => {});
    this.#settings = settings;
    this.#cors = settings.corsOrigins.length === 0 ? null : new Cors(settings);
    this.#rules = new FieldRules(settings, this.#cors);
    this.descriptions = new Descriptions(settings, this.#rules);
    this.second = Math.floor((options.now ?? Date.now()) / 1000);
    this.#secondBegins = this.second * 1000;
    this.#secondEnds = this.#secondBegins + 1000;
    this.cachedFileBytes = options.cachedFileBytes ?? DEFAULT_CACHED_FILE_BYTES;
    const entries = options.entries ?? Math.min(MOST_ENTRIES, Math.ceil(heap.capacity / HEAP_BYTES_PER_ENTRY));
    this.cache = new ContentCache(heap, Math.max(1, entries), Math.max(1, options.openFiles ?? DEFAULT_OPEN_FILES));
    this.#paths = new PathTable(entries * PATHS_PER_ENTRY);
    const writer = new HeadWriter(this.#rules.general);
    this.answers = new FileAnswers(arena, heap, this.cache, writer);
    this.root = disk.openRoot(options.root);
    try {
      this.#errors = new ErrorAnswers(arena, heap, this.cache, writer, this.second);
    } catch (error) {
      disk.close(this.root);
      throw error;
    }
    this.#watcher = options.changes === undefined ? null : new Watcher(options.changes, this.root, this);
    const makes = settings.compress && compressor !== undefined ? compressor : null;
    const negotiates = settings.precompressed || makes !== null;
    this.#representations = negotiates ? new Representations(this, settings.precompressed, makes) : null;
    this.#selects = negotiates || this.#cors?.varies === true;
  }

  get counts(): SiteCounts {
    return {
      hits: this.#hits,
      misses: this.#misses,
      evictions: this.cache.evictions,
      entries: this.cache.size,
      openFiles: this.cache.openFiles,
      bytes: this.heap.used,
    };
  }

  /** How many wait for an answer. */
  get pending(): number {
    return this.#waiting.size + (this.#representations?.pending ?? 0);
  }

  /** What hears of changes of directories, where there is something that tells: see disk/changes.ts. */
  get watcher(): Watcher | null {
    return this.#watcher;
  }

  answer(request: RequestHead, waiter: Waiter): Answer | null {
    const remembered = request.remembered as HeldAnswer | null;
    const { second } = this;
    if (remembered !== null && remembered.second === second && remembered.persistent === request.persistent) {
      this.#hits++;
      return remembered;
    }
    if (request.method === METHOD_GET && (request.fields & CONDITIONAL_FIELDS) === 0) {
      const entry = this.#paths.find(request.bytes, request.pathStart, request.pathEnd);
      if (entry !== null && entry.checked === second) {
        const answer = this.#selects
          ? this.#selected(entry, request)
          : entry.answers[WHOLE + variantOf(request.minorVersion, request.persistent)]!;
        if (answer !== null && answer.second === second) {
          this.#hits++;
          request.remembered = answer;
          return answer;
        }
      }
    }
    return this.#answerSlowly(request, waiter);
  }

  refuse(status: number): Answer {
    return this.#errors.get(status, CLOSING, false, this.second);
  }

  /** The answer with an error to a good request that shall have no other. */
  deny(status: number, request: RequestHead): Answer {
    return this.#error(status, request);
  }

  /** Whether a request is, byte for byte, one that has been answered in this second. */
  remembers(request: RequestHead): boolean {
    return request.remembered !== null && (request.remembered as HeldAnswer).second === this.second;
  }

  /** A number that two requests have in common whenever their path leads both to the same answer. */
  keyOf(request: RequestHead): number {
    return this.#variantOf(request) * PREFERENCES + this.#preferenceOf(request);
  }

  forget(waiter: Waiter): void {
    this.#representations?.forget(waiter);
    const load = this.#waiting.get(waiter);
    if (load === undefined) return;
    this.#waiting.delete(waiter);
    const index = load.questions.findIndex((question) => question.waiter === waiter);
    load.questions.splice(index, 1);
  }

  tick(now: number): void {
    if (now >= this.#secondBegins && now < this.#secondEnds) return;
    this.second = Math.floor(now / 1000);
    this.#secondBegins = this.second * 1000;
    this.#secondEnds = this.#secondBegins + 1000;
  }

  /** Keeps nothing of what is not being sent: its memory is free for others. */
  empty(): void {
    this.cache.clear();
    this.#paths.clear();
  }

  /** Another site takes its place: it answers those who wait for it, and watches nothing any more. */
  retire(): void {
    this.#watcher?.close();
    this.empty();
  }

  /** What is being sent keeps its memory and its file until it is let go; of files nothing else remains. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.retire();
    this.#waiting.clear();
    this.#errors.clear();
    this.#representations?.close();
    this.ended();
  }

  /** Something that was under way has ended: after the end the last one takes the directory with it. */
  ended(): void {
    if (!this.#closed || this.#rootClosed || this.#loads.size > 0 || this.#representations?.busy) return;
    this.#rootClosed = true;
    this.disk.close(this.root);
  }

  /** Something has changed at `name`, a file beneath the root; null: anything may have. */
  changed(name: string | null): void {
    this.#representations?.changed(name);
    if (name === null) {
      for (const entry of this.cache.entries()) entry.doubt();
      for (const load of this.#loads.values()) load.doubted = true;
      return;
    }
    this.cache.get(name)?.doubt();
    const load = this.#loads.get(name);
    if (load !== undefined) load.doubted = true;
  }

  /** The entries beneath a directory ('' is the root, else with a slash at its end) are doubtful. */
  directoryChanged(directory: string): void {
    this.#representations?.directoryChanged(directory);
    for (const entry of this.cache.entries()) if (entry.name.startsWith(directory)) entry.doubt();
    for (const load of this.#loads.values()) if (load.name.startsWith(directory)) load.doubted = true;
  }

  makeEntry(load: Load, status: FileStatus, file: OpenFile | null): Entry {
    return new Entry(load.name, status, file, this.second, this.descriptions.ofFile(load.name, status.size));
  }

  isWatched(name: string): boolean {
    return this.#watcher?.watches(name) === true;
  }

  goOn(question: Question, plain: Entry): void {
    // What it was about may have had to go, or have changed, while the disk or a compressor was asked.
    const again = question.late || !plain.cached;
    question.late = false;
    const answer = again ? this.#ask(plain.name, question) : this.#respond(plain.name, plain, question);
    if (answer !== null) question.waiter.answered(answer);
  }

  loaded(load: Load): void {
    this.#loads.delete(load.name);
    if (this.#closed) {
      this.#abandon(load);
      return;
    }
    // A waiter may ask again, or be forgotten, while another one is told.
    for (;;) {
      const question = load.questions.shift();
      if (question === undefined) break;
      this.#waiting.delete(question.waiter);
      const answer = this.#answerOf(load, question);
      if (answer !== null) question.waiter.answered(answer);
    }
    load.end();
  }

  /** The answer with the representation that a request is to get, if it is there; null: it takes longer. */
  #selected(entry: Entry, request: RequestHead): HeldAnswer | null {
    const representations = this.#representations;
    const selected = representations === null ? entry : representations.known(entry, this.#preferenceOf(request));
    return selected === null ? null : (selected.answers[slotOf(WHOLE, this.#variantOf(request))] ?? null);
  }

  #variantOf(request: RequestHead): Variant {
    const variant = variantOf(request.minorVersion, request.persistent);
    return this.#cors === null ? variant : variant + VARIANTS * this.#cors.audienceOf(request);
  }

  #preferenceOf(request: RequestHead): number {
    if (this.#representations === null || (request.fields & ACCEPT_ENCODING_BIT) === 0) return IDENTITY_ONLY;
    if ((request.repeated & ACCEPT_ENCODING_BIT) !== 0) {
      const joined = ascii(request.fieldText(FIELD_ACCEPT_ENCODING) as string);
      return preferenceOf(joined, 0, joined.length);
    }
    const { bytes, fieldStart, fieldEnd } = request;
    return preferenceOf(bytes, fieldStart[FIELD_ACCEPT_ENCODING]!, fieldEnd[FIELD_ACCEPT_ENCODING]!);
  }

  #answerSlowly(request: RequestHead, waiter: Waiter): Answer | null {
    const { method, bytes, pathStart, pathEnd } = request;
    if (this.#cors !== null && isPreflight(request)) return this.#preflight(request, this.#cors);
    const headOnly = method === METHOD_HEAD;
    if (method !== METHOD_GET && !headOnly && (method !== METHOD_OPTIONS || request.targetForm === FORM_ASTERISK)) {
      return this.#error(method === METHOD_OTHER ? 501 : method === METHOD_OPTIONS ? 204 : 405, request);
    }
    const known = this.#paths.find(bytes, pathStart, pathEnd);
    let name = known?.name ?? '';
    if (known === null) {
      const named = nameOfTarget(bytes, pathStart, pathEnd);
      if (typeof named === 'number') return this.#error(-named, request);
      name = fileOfName(named);
    }
    if (method === METHOD_OPTIONS) return this.#error(204, request);

    const answer = this.#ask(
      name,
      new Question(request, waiter, this.#variantOf(request), this.#preferenceOf(request)),
    );
    if (answer === PENDING) return PENDING;
    const entry = this.cache.get(name);
    if (entry !== null) this.#paths.put(bytes, pathStart, pathEnd, entry);
    // Only an entry's own answers lose their second when the entry changes; those of errors live on.
    if (answer.kept && answer.second === this.second) request.remembered = answer;
    return answer;
  }

  #preflight(request: RequestHead, cors: Cors): HeldAnswer {
    const variant = this.#variantOf(request);
    const additions = this.#rules.preflight(cors.preflight(request));
    return this.#errors.preflight(variant, this.second, additions) ?? this.#error(503, request);
  }

  /** The answer, at once or when the disk has been asked. */
  #ask(name: string, question: Question): HeldAnswer | null {
    const entry = this.cache.get(name);
    if (entry !== null && entry.checked === this.second) {
      this.#hits++;
      return this.#respond(name, entry, question);
    }
    let load = this.#loads.get(name);
    if (load === undefined) {
      this.#misses++;
      load = new Load(this, name, entry);
      if (load.start()) {
        const answer = this.#respond(name, load.outcome, question);
        load.end();
        return answer;
      }
      this.#loads.set(name, load);
      if (entry !== null && this.#isPresumed(entry)) {
        entry.checked = this.second;
        return this.#respond(name, entry, question);
      }
    }
    question.late = load.doubted;
    load.questions.push(question);
    this.#waiting.set(question.waiter, load);
    return PENDING;
  }

  /**
   * Whether it is given out while the disk looks at it again: it was current a second ago, and a change since then would
   * have been told. So whoever asks for what is in memory does not wait for a slow disk, each second anew.
   */
  #isPresumed(entry: Entry): boolean {
    return entry.checked === this.second - 1 && entry.settled && this.#watcher?.watches(entry.name) === true;
  }

  /** What a load that had to wait gives to one of those who wait for it. */
  #answerOf(load: Load, question: Question): HeldAnswer | null {
    const { name, outcome } = load;
    // What was loaded may have had to make room for what was answered meanwhile, or may be older than the question.
    if (load.evicted || question.late) return this.#ask(name, question);
    return this.#respond(name, outcome, question);
  }

  #respond(name: string, outcome: Outcome, question: Question): HeldAnswer | null {
    if (typeof outcome !== 'number' && outcome.cached) {
      this.cache.touch(outcome);
      this.#watcher?.watch(name);
    }
    const { variant, headOnly } = question;
    // What the cache could not keep is sent as it is: it would be gone when its other representations are there.
    if (typeof outcome !== 'number' && outcome.cached && outcome.coded !== null && this.#representations !== null) {
      const selected = this.#representations.select(outcome, question);
      if (selected === WAITS) return PENDING;
      // It may have had to make room for what was looked for.
      if (!outcome.cached) return this.#ask(name, question);
      if (selected === NOT_ACCEPTABLE) outcome = 406;
      else if (selected !== outcome) {
        this.cache.touch(selected);
        outcome = selected;
      }
    }
    const answer =
      typeof outcome !== 'number'
        ? this.#respondWith(outcome, question)
        : outcome === DIRECTORY
          ? this.answers.redirect(locationOfDirectory(name, question.query), headOnly, variant, this.second)
          : this.#errors.get(outcome, variant, headOnly, this.second);
    return answer ?? this.#errors.get(503, variant, headOnly, this.second);
  }

  #respondWith(entry: Entry, { preconditions, method, variant, headOnly }: Question): HeldAnswer | null {
    const { second } = this;
    const whole = headOnly ? HEAD_ONLY : WHOLE;
    if (preconditions === null) return this.answers.get(entry, whole, variant, second);
    const came = evaluate(method, preconditions, entry, second);
    if (came === PRECONDITION_FAILED) return this.#errors.get(412, variant, headOnly, second);
    if (came === NOT_MODIFIED) return this.answers.get(entry, NOT_CHANGED, variant, second);
    if (came === IGNORE_RANGE || preconditions.range === undefined)
      return this.answers.get(entry, whole, variant, second);
    return this.#respondWithRange(entry, preconditions.range, variant);
  }

  #respondWithRange(entry: Entry, range: string, variant: Variant): HeldAnswer | null {
    const ranges = parseRange(range, entry.size, this.#settings.maxRanges);
    if (ranges === undefined) return this.answers.get(entry, WHOLE, variant, this.second);
    if (ranges.length === 0) return this.answers.unsatisfied(entry, variant, this.second);
    const parts = coalesced(ranges);
    if (parts.length > 1) return this.answers.parts(entry, parts, variant, this.second);
    return this.answers.part(entry, parts[0]!, variant, this.second);
  }

  #error(status: number, request: RequestHead): HeldAnswer {
    return this.#errors.get(status, this.#variantOf(request), request.method === METHOD_HEAD, this.second);
  }

  #abandon(load: Load): void {
    if (typeof load.outcome !== 'number') {
      if (load.outcome.cached) this.cache.remove(load.outcome);
      else load.end();
    }
    this.ended();
  }
}
