/**
 * What a trace says of a few requests, made ready to be drawn: for each thread of control what it was at, moment by moment, and
 * for each request when it was sent and answered. Times are milliseconds since the first request was sent.
 */
import type { Exhibit, Switches } from './exhibit.js';

/** run: it computes. disk, lock: it waits for that and can do nothing else. idle: it waits for whatever comes. */
export type Doing = 'run' | 'disk' | 'lock' | 'idle';

export interface Span {
  readonly from: number;
  readonly to: number;
  readonly doing: Doing;
  /** Whose request it is about; '': nobody's. */
  readonly letter: string;
}

export interface Track {
  readonly name: string;
  /** worker: it blocks. kernel: nobody waits, the kernel reads for a ring. */
  readonly kind: 'loop' | 'worker' | 'helper' | 'kernel';
  readonly spans: readonly Span[];
  /** When a loop went back to its dispatcher, to wait for events. */
  readonly handBacks: readonly number[];
  readonly switches: Switches;
}

export interface DrawnRequest {
  readonly letter: string;
  readonly cold: boolean;
  readonly sent: number;
  readonly answered: number;
  /** When somebody first had it in hand. */
  readonly begun: number;
}

export interface Picture {
  readonly milliseconds: number;
  readonly tracks: readonly Track[];
  readonly requests: readonly DrawnRequest[];
}

interface Slice {
  readonly name: string;
  readonly cat: string;
  readonly tid: number;
  readonly from: number;
  readonly to: number;
  readonly request: number;
}

const NONE: Switches = { voluntary: 0, involuntary: 0 };
const ASK = 'ask for ';
const WAIT = 'wait for events';
const COMPLETION = 'completion of a disk read';

export function pictureOf({ trace, requests, switches }: Exhibit): Picture {
  const { otherData, traceEvents } = JSON.parse(trace);
  const began = BigInt(otherData.beganAtNanoseconds);
  const sent = requests.map((request) => request.sent).reduce((least, at) => (at < least ? at : least));
  const milliseconds = (at: bigint): number => Number(at - sent) / 1e6;
  const end = Math.max(...requests.map(({ answered }) => milliseconds(answered)));
  const letters = new Map<number, string>();
  const names = new Map<number, string>();
  const slices: Slice[] = [];
  for (const { ph, name, cat, tid, ts, dur, args } of traceEvents) {
    const letter = args?.target === undefined ? undefined : requests.find(({ path }) => path === args.target)?.letter;
    if (letter !== undefined) letters.set(args.request, letter);
    if (ph === 'M' && name === 'thread_name') names.set(tid, args.name);
    if (ph !== 'X') continue;
    const from = milliseconds(began) + ts / 1000;
    const to = from + dur / 1000;
    if (to > 0 && from < end) slices.push({ name, cat, tid, from, to, request: args.request ?? 0 });
  }
  const ofThread = (tid: number): Slice[] => slices.filter((slice) => slice.tid === tid);
  const tracks = [...names].map(([tid, name]): Track => {
    const kind = name.startsWith('helper') ? 'helper' : name.startsWith('event loop') ? 'loop' : 'worker';
    const own = ofThread(tid);
    return {
      ...{ name: name.replace(/ of .*| \(.*/, ''), kind, spans: spansOf(own, letters) },
      handBacks: own.filter((slice) => slice.name === WAIT && slice.from > 0).map(({ from }) => from),
      switches: switches.get(tid) ?? NONE,
    };
  });
  tracks.sort(
    (one, other) => (one.kind === 'helper' ? 1 : 0) - (other.kind === 'helper' ? 1 : 0) || compare(one, other),
  );
  const drawn = requests.map(({ letter, cold, ...times }): DrawnRequest => {
    const first = tracks.flatMap(({ spans }) =>
      spans.filter((span) => span.letter === letter && span.doing !== 'idle'),
    );
    return {
      ...{ letter, cold, sent: milliseconds(times.sent), answered: milliseconds(times.answered) },
      begun: Math.max(0, Math.min(...first.map(({ from }) => from), milliseconds(times.answered))),
    };
  });
  if (!tracks.some(({ kind }) => kind === 'helper')) tracks.push(...kernelTracks(slices, letters));
  return { milliseconds: end, tracks, requests: drawn };
}

function compare(one: Track, other: Track): number {
  return one.name.localeCompare(other.name, 'en', { numeric: true });
}

/** What is innermost at each moment: slices of a thread nest. */
function spansOf(slices: readonly Slice[], letters: ReadonlyMap<number, string>): Span[] {
  const sorted = [...slices].sort((one, other) => one.from - other.from || other.to - one.to);
  const spans: Span[] = [];
  const open: { slice: Slice; letter: string }[] = [];
  let at = Number.NEGATIVE_INFINITY;
  const upTo = (to: number): void => {
    const inner = open.at(-1);
    if (inner !== undefined && to > at) spans.push({ from: at, to, doing: doingOf(inner.slice), letter: inner.letter });
    at = Math.max(at, to);
  };
  const closeUntil = (moment: number): void => {
    for (let inner = open.at(-1); inner !== undefined && inner.slice.to <= moment; inner = open.at(-1)) {
      upTo(inner.slice.to);
      open.pop();
    }
  };
  for (const slice of sorted) {
    closeUntil(slice.from);
    upTo(slice.from);
    open.push({ slice, letter: letters.get(slice.request) ?? open.at(-1)?.letter ?? '' });
  }
  closeUntil(Number.POSITIVE_INFINITY);
  return spans;
}

function doingOf({ name, cat }: Slice): Doing {
  if (name === 'wait for the lock') return 'lock';
  if (cat === 'wait') return 'idle';
  return cat === 'disk' && !name.startsWith(ASK) ? 'disk' : 'run';
}

/** Reads that nobody of ours waits for: from where each is asked for to its completion, as many tracks as go on at once. */
function kernelTracks(slices: readonly Slice[], letters: ReadonlyMap<number, string>): Track[] {
  const reads: Span[] = [];
  for (const asked of slices.filter(({ name }) => name.startsWith(ASK))) {
    const letter = letters.get(asked.request);
    if (letter === undefined) continue;
    const ends = slices.filter(
      ({ name, request, from }) => name === COMPLETION && request === asked.request && from >= asked.to,
    );
    const to = Math.min(...ends.map(({ from }) => from));
    if (Number.isFinite(to)) reads.push({ from: asked.to, to, doing: 'disk', letter });
  }
  reads.sort((one, other) => one.from - other.from);
  const rows: Span[][] = [];
  for (const read of reads) {
    // One that goes on with the same request keeps its row.
    const free = rows.filter((row) => (row.at(-1)?.to ?? 0) <= read.from);
    const row = free.find((each) => each.at(-1)?.letter === read.letter) ?? free[0];
    if (row === undefined) rows.push([read]);
    else row.push(read);
  }
  return rows.map((spans, index) => ({
    ...{ name: `kernel, read ${index + 1}`, kind: 'kernel', spans },
    ...{ handBacks: [], switches: NONE },
  }));
}
