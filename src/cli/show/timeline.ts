/** A picture in a terminal of 80 columns: a row for each thread of control, then one for each request; time goes to the right. */
import type { Colors } from 'picocolors/types.js';
import type { Doing, DrawnRequest, Picture, Span } from './picture.js';

const NAME_WIDTH = 16;
const BAR_WIDTH = 58;

/** So much of a cell must be a wait for the disk to be drawn as one, where there was something else too. */
const MOSTLY = 0.6;

const IDLE = '.';
const LOCK = '!';
const WORK = ':';
const WAITS = '-';
const HANDS_BACK = '^';

interface Cell {
  readonly text: string;
  readonly letter: string;
  /** Somebody computes: drawn as a block. */
  readonly runs: boolean;
}

const BLANK: Cell = { text: ' ', letter: '', runs: false };
const MARKS_NAME = '  hands back';

export function timelineOf(picture: Picture, colours: Colors): string[] {
  const { tracks, requests } = picture;
  return [
    axis(picture.milliseconds, colours),
    ...tracks.flatMap(({ name, spans, handBacks }) => {
      const cells = cellsOf(picture, (from, to) => cellOf(spans, from, to));
      const marks = cellsOf(picture, (from, to) => markOf(handBacks, from, to));
      return [row(name, cells, colours), ...(handBacks.length === 0 ? [] : [row(MARKS_NAME, marks, colours)])];
    }),
    '',
    ...requests.map((request) => {
      const spans = tracks.flatMap((track) => track.spans.filter(({ letter }) => letter === request.letter));
      const cells = cellsOf(picture, (from, to) => requestCell(request, spans, from, to));
      return row(`${request.letter}, ${request.cold ? 'on disk' : 'in memory'}`, cells, colours);
    }),
  ];
}

/** What the signs mean that stand in these lines. */
export function legendOf(lines: readonly string[]): string {
  const drawn = lines.map((line) => line.slice(NAME_WIDTH)).join('\n');
  const signs: readonly [sign: string, meaning: string][] = [
    [LOCK, 'waits for the lock'],
    [WORK, 'other work'],
    [IDLE, 'waits for what comes'],
    [WAITS, 'not its turn'],
    [HANDS_BACK, 'hands control back to the dispatcher, which waits for events'],
  ];
  const there = signs.filter(([sign]) => drawn.includes(sign)).map(([sign, meaning]) => `${sign} ${meaning}`);
  return ['A runs', 'a waits for the disk', ...there].join(', ');
}

function cellsOf({ milliseconds }: Picture, cell: (from: number, to: number) => Cell): Cell[] {
  const width = milliseconds / BAR_WIDTH;
  return Array.from({ length: BAR_WIDTH }, (_, index) => cell(index * width, (index + 1) * width));
}

/** What is most telling of what happens in this time. */
function cellOf(spans: readonly Span[], from: number, to: number): Cell {
  const lengths = new Map<string, number>();
  const among: Span[] = [];
  for (const span of spans) {
    const length = Math.min(span.to, to) - Math.max(span.from, from);
    if (length <= 0) continue;
    const key = `${span.doing} ${span.letter}`;
    if (!lengths.has(key)) among.push(span);
    lengths.set(key, (lengths.get(key) ?? 0) + length);
  }
  const longest = (doing: Doing, named: boolean): Span | undefined => {
    const those = among.filter((span) => span.doing === doing && (span.letter !== '') === named);
    const lengthOf = (span: Span): number => lengths.get(`${span.doing} ${span.letter}`) ?? 0;
    return those.sort((one, other) => lengthOf(other) - lengthOf(one))[0];
  };
  const disk = longest('disk', true);
  const mostly = disk !== undefined && (lengths.get(`disk ${disk.letter}`) ?? 0) >= MOSTLY * (to - from);
  const lock = longest('lock', true) ?? longest('lock', false);
  const runs = longest('run', true);
  if (mostly) return waiting(disk);
  if (runs !== undefined) return { text: runs.letter, letter: runs.letter, runs: true };
  if (disk !== undefined) return waiting(disk);
  if (lock !== undefined) return { text: LOCK, letter: lock.letter, runs: false };
  if (longest('run', false) !== undefined) return { text: WORK, letter: '', runs: false };
  return among.length > 0 ? { text: IDLE, letter: '', runs: false } : BLANK;
}

/** However short the wait is that begins here: a cell of the loop itself shows what took longest. */
function markOf(handBacks: readonly number[], from: number, to: number): Cell {
  return handBacks.some((at) => from <= at && at < to) ? { text: HANDS_BACK, letter: '', runs: false } : BLANK;
}

function waiting({ letter }: Span): Cell {
  return { text: letter.toLowerCase(), letter, runs: false };
}

function requestCell({ sent, answered, letter }: DrawnRequest, spans: readonly Span[], from: number, to: number): Cell {
  if (to <= sent || from >= answered) return BLANK;
  const cell = cellOf(
    spans.filter(({ doing }) => doing !== 'idle'),
    from,
    to,
  );
  return cell === BLANK ? { text: WAITS, letter, runs: false } : cell;
}

function row(name: string, cells: readonly Cell[], colours: Colors): string {
  const drawn = cells.map(({ text, letter, runs }) => {
    if (letter === '') return colours.dim(text);
    const coloured = colourOf(letter, colours);
    return runs ? colours.inverse(coloured(text)) : coloured(text);
  });
  return `  ${name.slice(0, NAME_WIDTH).padEnd(NAME_WIDTH)} ${drawn.join('').trimEnd()}`;
}

export function colourOf(letter: string, colours: Colors): (text: string) => string {
  const all = [colours.cyan, colours.yellow, colours.magenta, colours.green, colours.blue, colours.red];
  return all[(letter.charCodeAt(0) - 65) % all.length] as (text: string) => string;
}

/** 0 and the end. */
function axis(milliseconds: number, colours: Colors): string {
  const end = `${milliseconds.toFixed(milliseconds < 10 ? 1 : 0)} ms`;
  const line = ['|0 ', ' '.repeat(BAR_WIDTH - end.length - 4), end, '|'].join('');
  return `  ${' '.repeat(NAME_WIDTH)} ${colours.dim(line)}`;
}
