/**
 * A trace in Chrome's trace-event format (https://perfetto.dev reads it, and so does chrome://tracing): a JSON text, piece by
 * piece, so that a long one needs no more memory than a short one beside the records themselves.
 *
 * What it keeps true:
 * - A track for each thread of control and each helper, by its real process and thread, with its name.
 * - Slices (ph X) of a track nest: begin and end are rounded to nanoseconds alike.
 * - The slices of a request are connected by one flow: s at the first, f at the last, t between. One that left a single slice
 *   has none.
 * - What was overwritten before it could be written is counted and said, in otherData and for each track.
 */
import { COLLECTION, type SliceKind, sliceKindOf, TARGET } from './kinds.js';
import { withinItsSlice } from './late-slices.js';
import {
  ARGUMENT,
  HELPER,
  HELPER_SHIFT,
  KIND,
  KIND_MASK,
  placeOf,
  REQUEST,
  type Snapshot,
  TARGET_BYTES,
  WITHIN,
} from './trace-ring.js';

/** One ring, and what is to be told of it. */
export interface TracedThread {
  /** Which of them all it is, from 0 on. */
  readonly index: number;
  readonly snapshot: Snapshot;
  /** Records of this recording that have been overwritten. */
  readonly lost: number;
}

export interface TraceFacts {
  /** How many rings there are. */
  readonly threads: number;
  /** Nanoseconds of CLOCK_MONOTONIC. */
  readonly began: bigint;
  readonly ended: bigint;
  /** What stands in otherData. */
  readonly about: Readonly<Record<string, string>>;
  /** The names of the process and of the thread in this place. */
  processName(process: number, place: number): string;
  threadName(place: number): string;
}

/** A slice as it was recorded; times in nanoseconds since the beginning of the recording. */
interface Slice {
  kind: SliceKind;
  began: number;
  ended: number;
  argument: number;
  /** 0: about none. */
  request: number;
  process: number;
  thread: number;
  place: number;
  /** 0: the thread's own. */
  helper: number;
}

/** Pieces of about so many characters. */
const PIECE = 65_536;
/** So many slices are looked at before it pauses. */
const PAUSE = 2048;

/** The JSON text, in pieces. */
export function* traceFile(threads: readonly TracedThread[], facts: TraceFacts): Generator<string, void, undefined> {
  const whole = yield* survey(threads, facts);
  const lost = threads.reduce((sum, thread) => sum + thread.lost, 0);
  const otherData = { ...facts.about, eventsLost: String(lost) };
  let piece = `{"displayTimeUnit":"ms","otherData":${JSON.stringify(otherData)},"traceEvents":[\n`;
  let separator = '';
  for (const event of metadata(whole, facts)) {
    piece += separator + JSON.stringify(event);
    separator = ',\n';
  }
  for (const thread of threads) {
    for (const slice of slicesOf(thread, facts)) {
      piece += separator + written(slice, whole);
      separator = ',\n';
      if (piece.length < PIECE) continue;
      yield piece;
      piece = '';
    }
  }
  yield `${piece}\n]}\n`;
}

// --- Slices ---

/** What the requests in a ring ask for. */
function* targetsOf({ index, snapshot }: TracedThread, { threads }: TraceFacts): Generator<[number, string]> {
  const { first, end, capacity, words } = snapshot;
  const bytes = Buffer.from(words.buffer, words.byteOffset, words.byteLength);
  for (let number = first; number < end; number++) {
    const place = placeOf(number, capacity);
    const word = place / 4;
    if (((words[word + KIND] as number) & KIND_MASK) !== TARGET) continue;
    const length = words[word + HELPER] as number;
    const text = bytes.toString('latin1', place, place + Math.min(length, TARGET_BYTES));
    const request = requestOf(words[word + REQUEST] as number, index, threads);
    yield [request, length > TARGET_BYTES ? `${text}...` : text];
  }
}

/** Each ring counts its own: they take turns. */
function requestOf(request: number, index: number, threads: number): number {
  return request === 0 ? 0 : (request - 1) * threads + index + 1;
}

/** The slices of a ring; the same object, filled anew for each. */
function* slicesOf({ index, snapshot }: TracedThread, facts: TraceFacts): Generator<Slice, void, undefined> {
  const { began, ended } = facts;
  const { first, end, capacity, longs, words, owners } = snapshot;
  const slice = { helper: 0 } as Slice;
  let owner = -1;
  for (let number = first; number < end; number++) {
    while (owner + 1 < owners.length && (owners[owner + 1]?.first ?? 0) <= number) owner++;
    const word = placeOf(number, capacity) / 4;
    const code = (words[word + KIND] as number) & KIND_MASK;
    const kind = sliceKindOf(code);
    let from = longs[word / 2] as bigint;
    let to = longs[word / 2 + 1] as bigint;
    // It goes on still; or something has thrown in it.
    if (to === 0n) {
      if (((words[word + KIND] as number) & WITHIN) !== 0 && cutAfter(snapshot, number)) continue;
      to = ended;
    }
    if (code === COLLECTION) [from, to] = withinItsSlice(snapshot, number, from, to);
    if (kind === undefined || to <= began || from >= ended) continue;
    slice.kind = kind;
    slice.began = from <= began ? 0 : Number(from - began);
    slice.ended = Number((to < ended ? to : ended) - began);
    slice.argument = words[word + ARGUMENT] as number;
    slice.request = requestOf(words[word + REQUEST] as number, index, facts.threads);
    const { process = 0, thread = 0, place = 0 } = owners[owner] ?? {};
    const helper = words[word + HELPER] as number;
    slice.process = process;
    slice.thread = helper === 0 ? thread : helper;
    slice.place = place;
    slice.helper = helper === 0 ? 0 : (words[word + KIND] as number) >>> HELPER_SHIFT;
    yield slice;
  }
}

/** Whether the thread has come to another slice since: what lay within the former one has ended, however that came. */
function cutAfter({ end, capacity, words }: Snapshot, number: number): boolean {
  for (let later = number + 1; later < end; later++) {
    if (((words[placeOf(later, capacity) / 4 + KIND] as number) & WITHIN) === 0) return true;
  }
  return false;
}

function written({ kind, began, ended, argument, request, process, thread, helper }: Slice, whole: Survey): string {
  const step = request === 0 ? undefined : stepOf(whole, request, began);
  const where = `"pid":${process},"tid":${thread}`;
  const target = step === 's' || kind.category === 'handler' ? whole.targets.get(request) : undefined;
  const told = [
    ...(kind.argument === undefined || helper !== 0 ? [] : [`"${kind.argument}":${argument}`]),
    ...(request === 0 ? [] : [`"request":${request}`]),
    ...(target === undefined ? [] : [`"target":${JSON.stringify(target)}`]),
  ];
  const text = `{"name":"${kind.name}","cat":"${kind.category}","ph":"X","ts":${micro(began)},"dur":${micro(ended - began)},${where},"args":{${told.join(',')}}}`;
  if (step === undefined) return text;
  const end = step === 'f' ? ',"bp":"e"' : '';
  return `${text},\n{"name":"request","cat":"request","ph":"${step}","id":${request},"ts":${micro(began)},${where}${end}}`;
}

/** Microseconds, which the format counts in, of nanoseconds. */
function micro(nanoseconds: number): string {
  return String(nanoseconds / 1000);
}

// --- What is told of all slices together ---

interface Survey {
  /** Of each request that left several slices: when its first and its last one began; TOLD once the flow has come by. */
  readonly first: Map<number, number>;
  readonly last: Map<number, number>;
  /** What each asks for. */
  readonly targets: ReadonlyMap<number, string>;
  /** A slice of each track, with what was lost of its ring. */
  readonly tracks: readonly (Slice & { readonly lost: number })[];
}

const TOLD = -1;

/** Now and then it yields an empty piece: whoever writes may do something else in between. */
function* survey(threads: readonly TracedThread[], facts: TraceFacts): Generator<string, Survey, undefined> {
  const first = new Map<number, number>();
  const last = new Map<number, number>();
  const targets = new Map<number, string>();
  const tracks = new Map<string, Slice & { lost: number }>();
  for (const thread of threads) {
    for (const [request, target] of targetsOf(thread, facts)) targets.set(request, target);
    let track = 0;
    let looked = 0;
    yield '';
    for (const slice of slicesOf(thread, facts)) {
      if (++looked % PAUSE === 0) yield '';
      const { request, began } = slice;
      if (slice.thread !== track) {
        track = slice.thread;
        const key = `${slice.process} ${track}`;
        if (!tracks.has(key)) tracks.set(key, { ...slice, lost: slice.helper === 0 ? thread.lost : 0 });
      }
      if (request === 0) continue;
      const earliest = first.get(request);
      if (earliest === undefined || began < earliest) first.set(request, began);
      if (began > (last.get(request) ?? -1)) last.set(request, began);
    }
  }
  for (const [request, began] of first) {
    if (last.get(request) === began) first.delete(request);
  }
  return { first, last, targets, tracks: [...tracks.values()] };
}

/** What a slice that began then is in the flow of its request. */
function stepOf({ first, last }: Survey, request: number, began: number): 's' | 't' | 'f' | undefined {
  const beginning = first.get(request);
  const end = last.get(request);
  if (beginning === undefined || end === TOLD) return undefined;
  if (began === beginning) {
    first.set(request, TOLD);
    return 's';
  }
  if (began !== end) return 't';
  last.set(request, TOLD);
  return 'f';
}

/** What names each process and each track. */
function metadata({ tracks }: Survey, facts: TraceFacts): object[] {
  const named = new Set<number>();
  return tracks.flatMap(({ process, thread, place, helper, lost }) => {
    const where = { ph: 'M', pid: process, tid: thread };
    const name = helper === 0 ? facts.threadName(place) : `helper ${helper} of ${facts.threadName(place)}`;
    const events: object[] = [
      { name: 'thread_name', ...where, args: { name, ...(lost > 0 && { eventsLost: lost }) } },
      { name: 'thread_sort_index', ...where, args: { sort_index: place * 100 + helper } },
    ];
    if (!named.has(process)) {
      events.push({ name: 'process_name', ...where, args: { name: facts.processName(process, place) } });
    }
    named.add(process);
    return events;
  });
}
