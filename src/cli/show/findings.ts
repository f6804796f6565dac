/** What one sees in a picture, in sentences: each from what was measured, and only where it holds. */
import type { DrawnRequest, Picture, Span, Track } from './picture.js';

/** A wait shorter than that, or than a tenth of it all, is nothing to speak of. */
const LEAST_MILLISECONDS = 2;

export function findingsOf(picture: Picture): string[] {
  return [
    ...heldUp(picture),
    ...waitedForWorker(picture),
    ...overtook(picture),
    ...atOnce(picture),
    ...locked(picture),
    ...handedBack(picture),
    switched(picture),
  ];
}

/** Requests whose file was in memory, kept waiting by a thread that waited for the disk on behalf of another. */
function heldUp({ tracks, requests, milliseconds }: Picture): string[] {
  return tracks
    .filter(({ kind }) => kind === 'loop')
    .flatMap(({ name, spans }) => {
      const reads = spans.filter(({ doing, letter }) => doing === 'disk' && letter !== '');
      const victims = requests.filter(
        (request) => !request.cold && served(spans, request) && overlap(reads, request) > threshold(milliseconds),
      );
      if (victims.length === 0) return [];
      const readers = [...new Set(reads.map(({ letter }) => letter))].sort();
      const longest = Math.max(...victims.map((request) => request.answered - request.sent));
      return [
        `While the ${name} itself waited for the disk (${list(readers)}: ${time(sum(reads))}), it served nobody: ` +
          `${list(names(victims))}, whose ${victims.length === 1 ? 'file was' : 'files were'} in memory, had to wait too, ${upTo(victims.length)}${time(longest)}.`,
      ];
    });
}

/** Requests that nobody took up for a while, in the models that block. */
function waitedForWorker({ tracks, requests, milliseconds }: Picture): string[] {
  const workers = tracks.filter(({ kind }) => kind === 'worker');
  if (workers.length === 0) return [];
  const late = requests.filter(({ begun, sent }) => begun - sent > threshold(milliseconds));
  const what = workers[0]?.name.includes('process') ? 'processes' : 'threads';
  const who =
    workers.length === 1
      ? `The one ${what === 'processes' ? 'process' : 'thread'}`
      : `Each of the ${workers.length} ${what}`;
  const each = `${who} has one request in hand at a time, and waits for the disk itself.`;
  if (late.length === 0) return [each];
  const longest = Math.max(...late.map(({ begun, sent }) => begun - sent));
  return [`${each} For ${list(names(late))} there was none free for ${upTo(late.length)}${time(longest)}.`];
}

/** Requests for what was in memory that were answered while the files of others were being read. */
function overtook({ tracks, requests }: Picture): string[] {
  const reads = tracks.flatMap(({ kind, spans }) =>
    kind === 'loop' ? [] : spans.filter(({ doing }) => doing === 'disk'),
  );
  const isRead = (letter: string, at: number): boolean =>
    reads.some((read) => read.letter === letter && read.from < at && at < read.to);
  const took = ({ answered, sent }: DrawnRequest): number => answered - sent;
  const overtakes = (request: DrawnRequest, other: DrawnRequest): boolean =>
    other.cold && isRead(other.letter, request.answered) && 2 * took(request) < took(other);
  const quick = requests.filter((request) => !request.cold && requests.some((other) => overtakes(request, other)));
  if (quick.length === 0) return [];
  const slow = requests.filter(({ cold, letter }) => cold && quick.some(({ answered }) => isRead(letter, answered)));
  const longest = Math.max(...quick.map(took));
  const readers = [...new Set(tracks.filter(({ kind }) => kind !== 'loop').map(({ kind }) => kind))];
  const who = readers.includes('helper')
    ? 'by helpers'
    : readers.includes('kernel')
      ? 'by the kernel'
      : 'by another worker';
  return [
    `${list(names(quick))} ${quick.length === 1 ? 'was' : 'were'} answered after ${upTo(quick.length)}${time(longest)}, ` +
      `while ${slow.length === 1 ? 'the file' : 'the files'} of ${list(names(slow))} ${slow.length === 1 ? 'was' : 'were'} being read ${who}.`,
  ];
}

/** How many requests a thread of control had in progress at once. */
function atOnce({ tracks, requests }: Picture): string[] {
  const loops = tracks.filter(({ kind }) => kind === 'loop');
  return loops.flatMap(({ name, spans }) => {
    const lives = requests
      .filter((request) => served(spans, request))
      .map(({ begun, answered }) => [begun, answered] as const);
    const most = Math.max(0, ...lives.map(([at]) => lives.filter(([from, to]) => from <= at && at < to).length));
    return most < 2 ? [] : [`The ${name}, one thread of control, had ${most} requests in progress at once.`];
  });
}

function locked({ tracks }: Picture): string[] {
  const waits = tracks.flatMap(({ spans }) => spans.filter(({ doing }) => doing === 'lock'));
  return waits.length === 0
    ? []
    : [`Workers waited ${times(waits.length)} for the lock of the shared cache, ${time(sum(waits))} in all.`];
}

function handedBack({ tracks }: Picture): string[] {
  const loops = tracks.filter(({ kind }) => kind === 'loop');
  if (loops.length === 0) return [];
  const handBacks = loops.reduce((total, loop) => total + loop.handBacks.length, 0);
  return [
    `Control was handed back to the dispatcher${loops.length > 1 ? 's' : ''}, to wait for events, ${times(handBacks)}.`,
  ];
}

function switched({ tracks }: Picture): string {
  const voluntary = tracks.reduce((total, { switches }) => total + switches.voluntary, 0);
  const involuntary = tracks.reduce((total, { switches }) => total + switches.involuntary, 0);
  return `Context switches of these threads: ${voluntary} voluntary (one waited), ${involuntary} involuntary (another's turn).`;
}

function served(spans: readonly Span[], { letter }: DrawnRequest): boolean {
  return spans.some((span) => span.letter === letter);
}

/** For how long somebody read for others while this request waited. */
function overlap(reads: readonly Span[], { letter, sent, answered }: DrawnRequest): number {
  const others = reads.filter((read) => read.letter !== letter);
  return others.reduce((total, { from, to }) => total + Math.max(0, Math.min(to, answered) - Math.max(from, sent)), 0);
}

function threshold(milliseconds: number): number {
  return Math.max(LEAST_MILLISECONDS, milliseconds / 10);
}

function sum(spans: Track['spans']): number {
  return spans.reduce((total, { from, to }) => total + to - from, 0);
}

function names(requests: readonly DrawnRequest[]): string[] {
  return requests.map(({ letter }) => letter);
}

function list(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}

function upTo(count: number): string {
  return count === 1 ? '' : 'up to ';
}

function time(milliseconds: number): string {
  return `${milliseconds.toFixed(milliseconds < 10 ? 1 : 0)} ms`;
}

function times(count: number): string {
  return count === 1 ? 'once' : `${count} times`;
}
