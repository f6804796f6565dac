/**
 * Watches event-driven loops from another thread: one that is away from its dispatcher for too long is asked, once each time,
 * what it does, and gets the answer to tell when it is back. One that does not come back is told of from here.
 *
 * What it keeps true: a loop that is not late is never touched; asking takes a small part of the time at most.
 */
import type { Say } from '../log/error-log.js';
import type { LoopBeat } from '../metrics/loop-beat.js';
import { StackSample } from './stack-sample.js';
import { ASKED_AFTER, blockedFor, UNDER_WAY } from './stall-reports.js';

/** It is looked at so many times in the time that is too long. */
const LOOKS = 8;
/** Asking takes this part of the time at most, but one is asked again after so many milliseconds at the latest. */
const LARGEST_PART = 1 / 8;
const LONGEST_REST_MILLISECONDS = 60_000;
/** One that is away for so long is told of before it is back. */
const LONG_MILLISECONDS = 5000;
const MOST_FRAMES = 6;

const OWN = new URL('..', import.meta.url).href;

interface Watched {
  readonly beat: LoopBeat;
  /** What its beat was at the last look, and since when it has been that. */
  away: number;
  since: number;
  sample: StackSample | undefined;
  begun: number;
  /** What the beat was when it was asked last. */
  askedAt: number;
  /** It is not asked before that. */
  restsUntil: number;
  /** It has been asked, and told of, since it is away. */
  asked: boolean;
  told: boolean;
  answer: string;
}

export class LoopWatch {
  readonly #warnMilliseconds: number;
  readonly #longMilliseconds: number;
  readonly #say: Say;
  readonly #loops = new Map<LoopBeat, Watched>();
  readonly #timer: NodeJS.Timeout;

  /** @param warnMilliseconds what is too long; `longMilliseconds`: so long that it may last for ever. */
  constructor(warnMilliseconds: number, say: Say, longMilliseconds = LONG_MILLISECONDS) {
    this.#warnMilliseconds = warnMilliseconds;
    this.#longMilliseconds = Math.max(longMilliseconds, warnMilliseconds);
    this.#say = say;
    this.#timer = setInterval(() => this.#look(), Math.max(1, warnMilliseconds / LOOKS));
  }

  add(beat: LoopBeat): void {
    const never = { away: 0, since: 0, sample: undefined, begun: 0, askedAt: 0, restsUntil: 0 };
    this.#loops.set(beat, { beat, ...never, asked: false, told: false, answer: '' });
  }

  remove(beat: LoopBeat): void {
    this.#loops.get(beat)?.sample?.end();
    this.#loops.delete(beat);
  }

  close(): void {
    clearInterval(this.#timer);
    for (const { sample } of this.#loops.values()) sample?.end();
    this.#loops.clear();
  }

  #look(): void {
    const now = performance.now();
    for (const loop of this.#loops.values()) this.#lookAt(loop, now);
  }

  #lookAt(loop: Watched, now: number): void {
    const away = loop.beat.away[0] as number;
    if (away === 0 || away !== loop.away) {
      Object.assign(loop, { away, since: now, asked: false, told: false, answer: '' });
      return;
    }
    const late = now - loop.since;
    const due = late >= this.#warnMilliseconds / ASKED_AFTER && now >= loop.restsUntil;
    // An answer that is still to come is let come, even when it is too late; one that does not is given up.
    if (loop.sample?.ended === false && now - loop.begun > this.#longMilliseconds && away !== loop.askedAt)
      loop.sample.end();
    if (due && !loop.asked && loop.sample?.ended !== false) this.#ask(loop, now);
    if (loop.told || late < this.#longMilliseconds) return;
    loop.told = true;
    if (loop.answer !== '') this.#say('warn', `${blockedFor(late, loop.answer)}\nIt still does.`);
  }

  #ask(loop: Watched, now: number): void {
    loop.asked = true;
    loop.begun = now;
    loop.askedAt = loop.away;
    const { beat, away } = loop;
    const underWay = `globalThis[Symbol.for('${UNDER_WAY}')]?.get(${beat.site})?.() ?? ''`;
    try {
      loop.sample = new StackSample(beat.thread, underWay, (sample) => {
        const ended = performance.now();
        loop.restsUntil = ended + Math.min(LONGEST_REST_MILLISECONDS, (ended - loop.begun) / LARGEST_PART);
        // Else it was stopped on its way back, or after it.
        if (beat.away[0] !== away) return;
        const frames = sample.frames.filter(isApplication).slice(0, MOST_FRAMES);
        if (sample.said === '' && frames.length === 0) return;
        loop.answer = [sample.said, ...frames].join('\n');
        beat.note(loop.answer);
      });
    } catch {
      // A Node without an inspector: what is too long is told without a stack.
    }
  }
}

/** Neither Node's nor ours. */
function isApplication(frame: string): boolean {
  return /file:\/\/|\(\/|^\//.test(frame) && !frame.includes(OWN) && !frame.includes('node:');
}
