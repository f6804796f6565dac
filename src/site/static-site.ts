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
 *
 * Where a name leads the router says (route.ts): to steps, of which the first that finds something is the answer. A path that
 * leads to a later one does so because what the earlier ones ask for is not there. That is believed only for as long as the
 * stamp is the same: until the second has passed, or something has changed.
 */
import type { Disk, FileStatus } from '../disk/disk.js';
import {
  CONDITIONAL_FIELDS,
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
import { ContentCache } from './content-cache.js';
import { Cors, isPreflight } from './cors.js';
import { Descriptions } from './description.js';
import { withQuery } from './destination.js';
import { DirectoryLoad } from './directory-load.js';
import { Entry, slotOf, WHOLE } from './entry.js';
import { ErrorAnswers } from './error-answer.js';
import { FieldRules } from './field-rules.js';
import { FileAnswers } from './file-answers.js';
import { FileResponder } from './file-responder.js';
import { CLOSING, HeadWriter, variantOf } from './head-writer.js';
import type { HeldAnswer } from './held-answer.js';
import { ListResponder } from './list-responder.js';
import { type DirectoryList, Lists, type ListsHost } from './lists.js';
import { DIRECTORY, Load, type LoadHost, type Outcome } from './load.js';
import { Loads } from './loads.js';
import { MadeAnswers } from './made-answers.js';
import type { OpenFile } from './open-file.js';
import { ALWAYS, PATHS_PER_ENTRY, PathTable } from './path-table.js';
import { Question } from './question.js';
import { NOT_ACCEPTABLE, Representations, type RepresentationsHost, WAITS } from './representations.js';
import { FILE, LIST, MOVED, Router } from './route.js';
import { Selection } from './selection.js';
import { DEFAULT_SITE_SETTINGS, type SiteSettings } from './settings.js';
import type { Site } from './site.js';
import { SiteCounter } from './site-counter.js';
import {
  DEFAULT_CACHED_FILE_BYTES,
  DEFAULT_OPEN_FILES,
  entriesOf,
  type SiteCounts,
  type StaticSiteOptions,
} from './static-site-options.js';
import { nameOfTarget } from './target.js';
import { Watcher } from './watcher.js';

const NOT_FOUND = 404;
const MOVED_PERMANENTLY = 301;
/** Of a 32-bit integer. */
const LAST_STAMP = 0x7fff_ffff;

export class StaticSite implements Site, LoadHost, ListsHost, RepresentationsHost {
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
  /** Another one in each second, and when something has changed. */
  stamp = ALWAYS + 1;
  readonly #settings: SiteSettings;
  readonly #router: Router;
  readonly #lists: Lists;
  readonly #rules: FieldRules;
  /** Null: no answer depends on where a script comes from. */
  readonly #cors: Cors | null;
  /** Null: every file is sent as it is. */
  readonly #representations: Representations | null;
  readonly #selection: Selection;
  readonly #responder: FileResponder;
  readonly #listResponder: ListResponder;
  readonly #made: MadeAnswers;
  /** The errors that have no page, by the stamp at which it was looked for. */
  readonly #withoutPage = new Map<number, number>();
  readonly #errors: ErrorAnswers;
  readonly #paths: PathTable;
  readonly #watcher: Watcher | null;
  readonly #loads = new Loads();
  #secondBegins: number;
  #secondEnds: number;
  readonly #counter: SiteCounter;
  #closed = false;
  #rootClosed = false;

  /** Throws SystemError without a root, RangeError when the heap is too small, PatternError for a rule that is none. */
  constructor(options: StaticSiteOptions) {
    const { arena, heap, disk, settings = DEFAULT_SITE_SETTINGS, compressor } = options;
    this.arena = arena;
    this.heap = heap;
    this.disk = disk;
    this.diskFailed = options.diskFailed ?? (() => {});
    this.#settings = settings;
    this.#counter = new SiteCounter(options.counts);
    this.#router = new Router(settings);
    this.#lists = new Lists(this, this.#router, heap.capacity);
    this.#cors = settings.corsOrigins.length === 0 ? null : new Cors(settings);
    this.#rules = new FieldRules(settings, this.#cors);
    this.descriptions = new Descriptions(settings, this.#rules);
    this.second = Math.floor((options.now ?? Date.now()) / 1000);
    this.#secondBegins = this.second * 1000;
    this.#secondEnds = this.#secondBegins + 1000;
    this.cachedFileBytes = options.cachedFileBytes ?? DEFAULT_CACHED_FILE_BYTES;
    const entries = entriesOf(options);
    this.cache = new ContentCache(heap, Math.max(1, entries), Math.max(1, options.openFiles ?? DEFAULT_OPEN_FILES));
    this.#paths = new PathTable(entries * PATHS_PER_ENTRY);
    const writer = new HeadWriter(this.#rules.general);
    this.answers = new FileAnswers(arena, heap, this.cache, writer);
    this.#made = new MadeAnswers(arena, heap, this.cache, writer);
    this.root = disk.openRoot(options.root);
    try {
      this.#errors = new ErrorAnswers(arena, heap, this.cache, writer, this.second);
    } catch (error) {
      disk.close(this.root);
      throw error;
    }
    this.#listResponder = new ListResponder(this.#made, this.#errors);
    this.#responder = new FileResponder(this.answers, this.#errors, settings.maxRanges);
    this.#watcher = options.changes === undefined ? null : new Watcher(options.changes, this.root, this);
    const makes = settings.compress && compressor !== undefined ? compressor : null;
    const negotiates = settings.precompressed || makes !== null;
    this.#representations = negotiates ? new Representations(this, settings.precompressed, makes) : null;
    this.#selection = new Selection(this.#cors, negotiates);
  }

  get counts(): SiteCounts {
    return this.#counter.counts(this.cache, this.heap);
  }

  /** How many wait for an answer. */
  get pending(): number {
    return this.#loads.waiting + (this.#representations?.pending ?? 0);
  }

  /** What hears of changes of directories, where there is something that tells: see disk/changes.ts. */
  get watcher(): Watcher | null {
    return this.#watcher;
  }

  answer(request: RequestHead, waiter: Waiter): Answer | null {
    const remembered = request.remembered as HeldAnswer | null;
    const { second } = this;
    if (remembered !== null && remembered.second === second && remembered.persistent === request.persistent) {
      this.#counter.hit();
      return remembered;
    }
    if (request.method === METHOD_GET && (request.fields & CONDITIONAL_FIELDS) === 0) {
      const entry = this.#paths.find(request.bytes, request.pathStart, request.pathEnd, this.stamp);
      if (entry !== null && entry.checked === second) {
        const answer = this.#selection.matters
          ? this.#selected(entry, request)
          : entry.answers[WHOLE + variantOf(request.minorVersion, request.persistent)]!;
        if (answer !== null && answer.second === second) {
          this.#counter.hit();
          if (!this.#paths.stamped) request.remembered = answer;
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
  deny(status: number, request: RequestHead): HeldAnswer {
    return this.#errors.get(status, this.#selection.variantOf(request), request.method === METHOD_HEAD, this.second);
  }

  /** Whether a request is, byte for byte, one that has been answered in this second. */
  remembers({ remembered }: RequestHead): boolean {
    return remembered !== null && (remembered as HeldAnswer).second === this.second;
  }

  /** A number that two requests have in common whenever their path leads both to the same answer. */
  keyOf(request: RequestHead): number {
    return this.#selection.keyOf(request);
  }

  forget(waiter: Waiter): void {
    this.#representations?.forget(waiter);
    this.#loads.forget(waiter);
  }

  tick(now: number): void {
    if (now >= this.#secondBegins && now < this.#secondEnds) return;
    this.second = Math.floor(now / 1000);
    this.#secondBegins = this.second * 1000;
    this.#secondEnds = this.#secondBegins + 1000;
    this.#newStamp();
  }

  #newStamp(): void {
    this.stamp = this.stamp === LAST_STAMP ? ALWAYS + 1 : this.stamp + 1;
  }

  /** Keeps nothing of what is not being sent: its memory is free for others. */
  empty(): void {
    this.cache.clear();
    this.#paths.clear();
    this.#lists.clear();
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
    this.#loads.forgetAll();
    this.#errors.clear();
    this.#representations?.close();
    this.#counter.look(this.cache, this.heap);
    this.ended();
  }

  /** Something that was under way has ended: after the end the last one takes the directory with it. */
  ended(): void {
    if (!this.#closed || this.#rootClosed || this.#loads.busy || this.#lists.busy) return;
    if (this.#representations?.busy) return;
    this.#rootClosed = true;
    this.disk.close(this.root);
  }

  /** Something has changed at `name`, a file beneath the root; null: anything may have. */
  changed(name: string | null): void {
    this.#newStamp();
    this.#representations?.changed(name);
    this.#loads.doubt(name);
    if (name === null) for (const entry of this.cache.entries()) entry.doubt();
    else this.cache.get(name)?.doubt();
  }

  /** The entries beneath a directory ('' is the root, else with a slash at its end) are doubtful. */
  directoryChanged(directory: string): void {
    this.#newStamp();
    this.#representations?.directoryChanged(directory);
    for (const entry of this.cache.entries()) if (entry.name.startsWith(directory)) entry.doubt();
    this.#loads.doubtBeneath(directory);
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
    this.#give(question, again ? this.#ask(plain.name, question) : this.#respond(plain.name, plain, question));
  }

  loaded(load: Load): void {
    this.#loads.ended(load);
    if (this.#closed) {
      this.#abandon(load);
      return;
    }
    this.#loads.tell(load, (question) => this.#give(question, this.#answerOf(load, question)));
    load.end();
  }

  listed(load: DirectoryLoad): void {
    const list = this.#lists.take(load);
    if (this.#closed) {
      this.ended();
      return;
    }
    this.#loads.tell(load, (question) => {
      // It may not show what has come since it was begun.
      const answer = question.late ? this.#askForList(load.name, question) : this.#respondWithList(list, question);
      this.#give(question, answer);
    });
  }

  /** Gives whoever has waited its answer, unless it has to wait on. */
  #give(question: Question, answer: HeldAnswer | null): void {
    if (answer === null) return;
    const { found, path, at, stamp } = question;
    if (found?.cached && path !== null && at > 0) this.#paths.put(path, 0, path.length, found, stamp);
    question.waiter.answered(answer);
  }

  /** What a request gets of a file, if it is there; null: it takes longer. */
  #selected(entry: Entry, request: RequestHead): HeldAnswer | null {
    const preference = this.#selection.preferenceOf(request);
    const selected = this.#representations === null ? entry : this.#representations.known(entry, preference);
    return selected === null ? null : (selected.answers[slotOf(WHOLE, this.#selection.variantOf(request))] ?? null);
  }

  #answerSlowly(request: RequestHead, waiter: Waiter): Answer | null {
    const { method, bytes, pathStart, pathEnd } = request;
    if (this.#cors !== null && isPreflight(request)) return this.#preflight(request, this.#cors);
    const headOnly = method === METHOD_HEAD;
    if (method !== METHOD_GET && !headOnly && (method !== METHOD_OPTIONS || request.targetForm === FORM_ASTERISK)) {
      return this.deny(method === METHOD_OTHER ? 501 : method === METHOD_OPTIONS ? 204 : 405, request);
    }
    const variant = this.#selection.variantOf(request);
    const preference = this.#selection.preferenceOf(request);
    const question = new Question(request, waiter, this.stamp, variant, preference);
    const known = method === METHOD_OPTIONS ? null : this.#paths.find(bytes, pathStart, pathEnd, this.stamp);
    if (known !== null && known.checked === this.second) {
      const { stamped } = this.#paths;
      const selected = this.#representations === null ? known : this.#representations.known(known, preference);
      if (selected !== null) {
        this.#counter.hit();
        const answer = this.#respondWith(selected, question);
        if (!stamped && answer.kept && answer.second === this.second) request.remembered = answer;
        return answer;
      }
    }
    const name = nameOfTarget(bytes, pathStart, pathEnd, this.#settings.dotfiles);
    if (typeof name === 'number') return this.#fail(-name, question);
    if (method === METHOD_OPTIONS) return this.deny(204, request);
    const route = this.#router.route(name);
    if (typeof route === 'number') return this.#fail(route, question);
    if ('status' in route) return this.#redirect(route.status, route.location, question);

    question.take(route, request);
    const answer = this.#tryOn(question);
    if (answer === PENDING) {
      if (route.length > 1) question.path = bytes.slice(pathStart, pathEnd);
      return PENDING;
    }
    const { found, at } = question;
    if (found?.cached) {
      this.#paths.put(bytes, pathStart, pathEnd, found, at === 0 ? ALWAYS : question.stamp);
      // Only an entry's own answers lose their second when the entry changes; those of errors live on.
      if (at === 0 && answer.kept && answer.second === this.second) request.remembered = answer;
    }
    return answer;
  }

  #preflight(request: RequestHead, cors: Cors): HeldAnswer {
    const additions = this.#rules.preflight(cors.preflight(request));
    const variant = this.#selection.variantOf(request);
    return this.#errors.preflight(variant, this.second, additions) ?? this.deny(503, request);
  }

  /** Tries the steps from where the question is on, until one of them is to be asked for, or answers. */
  #tryOn(question: Question): HeldAnswer | null {
    for (; ; question.at++) {
      const step = question.steps[question.at];
      if (step === undefined) return this.#fail(NOT_FOUND, question);
      if (step.ifDirectory && !question.directory) continue;
      if (step.kind === FILE || step.kind === MOVED) return this.#ask(step.name, question);
      if (step.kind === LIST) return this.#askForList(step.name, question);
      return this.#redirect(MOVED_PERMANENTLY, step.location, question);
    }
  }

  /** The answer, at once or when the disk has been asked. */
  #ask(name: string, question: Question): HeldAnswer | null {
    const entry = this.cache.get(name);
    if (entry !== null && entry.checked === this.second) {
      this.#counter.hit();
      return this.#respond(name, entry, question);
    }
    let load = this.#loads.get(name);
    if (load === undefined) {
      this.#counter.miss();
      load = new Load(this, name, entry);
      if (load.start()) {
        const answer = this.#respond(name, load.outcome, question);
        load.end();
        return answer;
      }
      this.#loads.begun(load);
      if (entry !== null && this.#isPresumed(entry)) {
        entry.checked = this.second;
        return this.#respond(name, entry, question);
      }
    }
    question.late = load.doubted;
    this.#loads.wait(question, load);
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

  /** What comes of what a name stands for: the answer, or the next step. */
  #respond(name: string, outcome: Outcome, question: Question): HeldAnswer | null {
    this.#counter.look(this.cache, this.heap);
    if (typeof outcome === 'number')
      return question.failed === 0 ? this.#goPast(outcome, question) : this.#failPlainly(question);
    if (outcome.cached) {
      this.cache.touch(outcome);
      this.#watcher?.watch(name);
    }
    if (question.failed !== 0) return this.#respondWithPage(outcome, question);
    const step = question.steps[question.at]!;
    if (step.kind === MOVED) return this.#redirect(MOVED_PERMANENTLY, step.location, question);
    question.found = outcome;
    return this.#respondWithSelected(outcome, question);
  }

  /** The answer with the representation of a file that the client is to get. */
  #respondWithSelected(plain: Entry, question: Question): HeldAnswer | null {
    // What the cache could not keep is sent as it is: it would be gone when its other representations are there.
    if (!plain.cached || plain.coded === null || this.#representations === null)
      return this.#respondWith(plain, question);
    const selected = this.#representations.select(plain, question);
    if (selected === WAITS) return PENDING;
    // It may have had to make room for what was looked for.
    if (!plain.cached) return this.#ask(plain.name, question);
    if (selected === NOT_ACCEPTABLE) return this.#fail(406, question);
    if (selected !== plain) this.cache.touch(selected);
    return this.#respondWith(selected, question);
  }

  /** Where there is no such file the next step is tried; what is there and cannot be had is an error. */
  #goPast(status: number, question: Question): HeldAnswer | null {
    if (status !== NOT_FOUND && status !== DIRECTORY) return this.#fail(status, question);
    if (status === DIRECTORY && question.steps[question.at]!.kind === FILE) question.directory = true;
    question.at++;
    return this.#tryOn(question);
  }

  #respondWith(entry: Entry, question: Question): HeldAnswer {
    return this.#responder.respond(entry, question, this.second) ?? this.#busy(question);
  }

  #redirect(status: number, location: string, question: Question): HeldAnswer {
    const { query, headOnly, variant } = question;
    return (
      this.#made.redirect(status, withQuery(location, query), headOnly, variant, this.second) ?? this.#busy(question)
    );
  }

  /** There is no memory for the answer now. */
  #busy({ variant, headOnly }: Question): HeldAnswer {
    return this.#errors.get(503, variant, headOnly, this.second);
  }

  // --- Lists of directories ---

  #askForList(name: string, question: Question): HeldAnswer | null {
    const list = this.#lists.ask(name);
    if (!(list instanceof DirectoryLoad)) return this.#respondWithList(list, question);
    question.late = list.stamp !== this.stamp;
    this.#loads.wait(question, list);
    return PENDING;
  }

  #respondWithList(list: DirectoryList | number, question: Question): HeldAnswer | null {
    if (typeof list === 'number') return this.#goPast(list, question);
    // Any file in the directory has the same watch as the directory.
    this.#watcher?.watch(`${list.name}-`);
    return this.#listResponder.respond(list, question, this.second) ?? this.#busy(question);
  }

  // --- Errors ---

  /** The error, with its page where it has one. */
  #fail(status: number, question: Question): HeldAnswer | null {
    const page = this.#router.errorPage(status);
    question.failed = status;
    if (page === undefined || this.#withoutPage.get(status) === this.stamp) return this.#failPlainly(question);
    return this.#ask(page, question);
  }

  #failPlainly({ failed, variant, headOnly, stamp }: Question): HeldAnswer {
    if (this.#router.errorPage(failed) !== undefined) this.#withoutPage.set(failed, stamp);
    return this.#errors.get(failed, variant, headOnly, this.second);
  }

  #respondWithPage(page: Entry, question: Question): HeldAnswer {
    const { failed, variant, headOnly } = question;
    return this.#made.errorPage(failed, page, headOnly, variant, this.second) ?? this.#failPlainly(question);
  }

  #abandon(load: Load): void {
    if (typeof load.outcome !== 'number') {
      if (load.outcome.cached) this.cache.remove(load.outcome);
      else load.end();
    }
    this.ended();
  }
}
