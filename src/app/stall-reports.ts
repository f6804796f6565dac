/**
 * Tells of applications that block their event loop: which request, for how long, and where. Whoever watches the loop
 * (loop-watch.ts) has noted the last while the loop stood still; the rest is known here, when the loop is back.
 */
import type { Say } from '../log/error-log.js';
import type { LoopBeat } from '../metrics/loop-beat.js';
import { StallMeter } from '../metrics/stall-meter.js';
import type { Exchange } from './exchange.js';

/** Under this symbol a thread has, for each application in it by its number, a function that says which requests are under way. */
export const UNDER_WAY = 'amped.underWay';

/** All of this thread: what one of them does holds up the others too. */
const reports = new Set<StallReports>();

/** A loop is asked what it does when so small a part of what is too long is over: then there is time for it. */
export const ASKED_AFTER = 2;
/** So many are named; of the others it is said how many there are. */
const MOST_NAMED = 3;

export interface StallReporting {
  readonly beat: LoopBeat;
  /** What is too long. */
  readonly warnMilliseconds: number;
  readonly say: Say;
}

export class StallReports {
  /** Whose handler is being called, or was last, or has given its answer last; and when that was, by the site's clock. */
  latest: Exchange | null = null;
  latestAt = 0;
  /** A handler is being called now. */
  inside = false;
  readonly #options: StallReporting;
  readonly #open: ReadonlyMap<unknown, Exchange>;

  /** @param open those that are under way. */
  constructor(options: StallReporting, open: ReadonlyMap<unknown, Exchange>) {
    this.#options = options;
    this.#open = open;
    const functions = functionsOfThread();
    let site = 1;
    while (functions.has(site)) site++;
    functions.set(site, () => this.#underWay());
    options.beat.site = site;
    reports.add(this);
  }

  close(): void {
    reports.delete(this);
    const functions = functionsOfThread();
    functions.delete(this.#options.beat.site);
    this.#options.beat.site = 0;
    if (functions.size === 0) Reflect.deleteProperty(globalThis, Symbol.for(UNDER_WAY));
  }

  /** The loop is back, which went away at `went` by the site's clock. */
  cameBack(milliseconds: number, went: number): void {
    const { beat, warnMilliseconds, say } = this.#options;
    const noted = beat.noted();
    if (milliseconds < warnMilliseconds) return;
    const answer = noted ?? this.#since(went);
    if (answer === '') return;
    const [who = ''] = answer.split('\n', 1);
    say('warn', blockedFor(milliseconds, answer), `stall ${who.replace(/\?.*/, '')}`);
  }

  #underWay(): string {
    for (const { inside, latest } of reports) if (inside && latest !== null) return nameOf(latest);
    return this.#named();
  }

  /** Who may have blocked the loop since then: whoever was here last, or else with another application of this thread. */
  #since(went: number): string {
    for (const { latest, latestAt } of [this, ...reports]) {
      if (latest !== null && latestAt >= went) return nameOf(latest);
    }
    return this.#named();
  }

  /** Of what goes on after an `await` nobody knows whose it is: all that are under way, the oldest first. */
  #named(): string {
    const count = this.#open.size;
    if (count === 0) return '';
    const names: string[] = [];
    for (const exchange of this.#open.values()) {
      names.push(nameOf(exchange));
      if (names.length === MOST_NAMED) break;
    }
    if (count === 1) return names[0] as string;
    return `One of ${count} requests (${names.join(', ')}${count > MOST_NAMED ? ', ...' : ''})`;
  }
}

function functionsOfThread(): Map<number, () => string> {
  const name = Symbol.for(UNDER_WAY);
  const own = Reflect.get(globalThis, name) as Map<number, () => string> | undefined;
  if (own !== undefined) return own;
  const value = new Map<number, () => string>();
  Object.defineProperty(globalThis, name, { value, configurable: true, enumerable: false, writable: true });
  return value;
}

/** Measures stalls, and has those told of that an application may have made. */
export class ReportingStallMeter extends StallMeter {
  readonly #cameBack: (milliseconds: number) => void;
  readonly #least: number;

  constructor(words: Float64Array, warnMilliseconds: number, cameBack: (milliseconds: number) => void) {
    super(words);
    // What was noted of one that was not too long in the end is of no use.
    this.#least = warnMilliseconds / ASKED_AFTER;
    this.#cameBack = cameBack;
  }

  override record(milliseconds: number): void {
    super.record(milliseconds);
    if (milliseconds >= this.#least) this.#cameBack(milliseconds);
  }
}

/** A sentence. @param answer who it was, and in the lines after that where. */
export function blockedFor(milliseconds: number, answer: string): string {
  const [who, ...frames] = answer.split('\n');
  const name = who === '' ? 'The application' : who;
  const time = milliseconds.toFixed(0);
  const sentence = `${name} has blocked the event loop for ${time} ms: nobody else was served meanwhile`;
  return frames.length === 0 ? `${sentence}.` : [`${sentence}; it was at`, ...frames].join('\n    at ');
}

function nameOf({ facts: { method, target } }: Exchange): string {
  return `${method} ${target}`;
}
