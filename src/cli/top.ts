/**
 * `amped top [ADMIN-URL]`: what a server does, live in a terminal; into a pipe, a line each second.
 *
 * Ends with 0 when the user wants it, or whoever reads the lines has had enough; with 1 and a sentence when the server cannot be
 * reached or goes away.
 */
import picocolors from 'picocolors';
import type { Polled } from '../metrics/polled.js';
import { ratesBetween } from '../metrics/rates.js';
import { wantsColours } from './start-block.js';
import { readTopArguments, TOP_HELP, type TopArguments } from './top/arguments.js';
import { GoneError, Source } from './top/ask.js';
import { frameOf, type Page } from './top/frame.js';
import { heading, LINES_A_HEADING, lineOf } from './top/lines.js';
import { Screen } from './top/screen.js';
import { levelsFor } from './top/strips.js';
import type { Moment } from './top/summary.js';

/** Strips show no more. */
const MOST_MOMENTS = 120;
/** So long a silence is told. */
const SILENCE_SECONDS = 2;

export async function run(parameters: readonly string[]): Promise<number> {
  const asked = readTopArguments(parameters);
  if (asked === 'help') {
    process.stdout.write(TOP_HELP);
    return 0;
  }
  // Whoever reads the lines may have had enough of them, as head has.
  process.stdout.on('error', () => process.exit(0));
  const fills = process.stdout.isTTY === true && !asked.plain && process.env.TERM !== 'dumb';
  return fills ? fillScreen(asked) : writeLines(asked);
}

async function writeLines({ url, intervalSeconds, count }: TopArguments): Promise<number> {
  let written = 0;
  for await (const moment of momentsOf(url, intervalSeconds)) {
    if (written % LINES_A_HEADING === 0) process.stdout.write(`${heading()}\n`);
    process.stdout.write(`${lineOf(moment)}\n`);
    if (++written >= count) break;
  }
  return 0;
}

async function fillScreen({ url, intervalSeconds, count }: TopArguments): Promise<number> {
  const screen = new Screen(process.stdout, process.stdin);
  const colours = picocolors.createColors(wantsColours(process.stdout, process.env));
  const levels = levelsFor(process.env);
  const moments: Moment[] = [];
  const source = momentsOf(url, intervalSeconds);
  // Before the screen is taken: a server that is not there is no reason to.
  let next = await source.next();
  let page: Page = 'first';
  const draw = (note = ''): void => screen.draw(frameOf(moments, note, page, { ...screen.size, colours, levels }));
  const turned = (): void => {
    page = page === 'first' ? 'second' : 'first';
    draw();
  };
  const ended = new Promise<number>((resolve) => screen.enter({ resized: () => draw(), turned, ended: resolve }));
  try {
    for (let shown = 0; next.done !== true; ) {
      moments.push(next.value);
      if (moments.length > MOST_MOMENTS) moments.shift();
      draw();
      if (++shown >= count) break;
      const first = await firstOf(source.next(), ended, intervalSeconds, (note) => draw(note));
      if (typeof first === 'number') {
        screen.leave();
        // A question may be under way, which nobody waits for any more.
        process.exit(first);
      }
      next = first;
    }
    return 0;
  } catch (error) {
    screen.leave();
    const last = moments.at(-1);
    if (error instanceof GoneError && last !== undefined) process.stdout.write(`${heading()}\n${lineOf(last)}\n`);
    throw error;
  } finally {
    screen.leave();
  }
}

/** The next moment, or the exit code when the user ends it first; meanwhile a silence is told. */
async function firstOf<M>(
  next: Promise<M>,
  ended: Promise<number>,
  intervalSeconds: number,
  tell: (note: string) => void,
): Promise<M | number> {
  let seconds = -intervalSeconds;
  const timer = setInterval(() => {
    if (++seconds >= SILENCE_SECONDS) tell(`The server has not answered for ${seconds.toFixed(0)} s.`);
  }, 1000);
  try {
    return await Promise.race([next, ended]);
  } finally {
    clearInterval(timer);
  }
}

/** What has happened in each interval, the first of which has passed before the first is given. */
async function* momentsOf(url: string, intervalSeconds: number): AsyncGenerator<Moment, void> {
  const source = new Source(url);
  let before: Polled = await source.ask();
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, intervalSeconds * 1000));
    const polled = await source.ask();
    const rates = ratesBetween(before, polled);
    before = polled;
    // Another server has come in its place.
    if (rates !== undefined) yield { polled, rates };
  }
}
