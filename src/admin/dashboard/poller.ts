/**
 * Asks the server for its numbers, once a second.
 *
 * What it keeps true: one question at a time, so that a server that is slow is not asked ever more. Whoever listens hears of
 * an answer, of a silence that lasts, and of a server that cannot be reached; while it is paused, of nothing.
 */
import { isPolled, type Polled } from '../../metrics/polled.js';

const INTERVAL_MILLISECONDS = 1000;
/** So long a silence is told. */
const SILENCE_MILLISECONDS = 2000;

export interface Listener {
  heard(polled: Polled): void;
  /** It has been asked, and has said nothing for so long. */
  silent(milliseconds: number): void;
  /** It cannot be reached, or what answers is no Amped. */
  unreachable(why: string): void;
}

export class Poller {
  #asked = 0;
  #asking = false;
  #paused = false;
  readonly #listener: Listener;

  constructor(listener: Listener) {
    this.#listener = listener;
  }

  start(): void {
    setInterval(() => this.#turn(), INTERVAL_MILLISECONDS);
    this.#turn();
  }

  set paused(paused: boolean) {
    this.#paused = paused;
    if (!paused) this.#turn();
  }

  #turn(): void {
    if (this.#paused) return;
    if (this.#asking) {
      const silence = performance.now() - this.#asked;
      if (silence >= SILENCE_MILLISECONDS) this.#listener.silent(silence);
    } else void this.#ask();
  }

  async #ask(): Promise<void> {
    this.#asking = true;
    this.#asked = performance.now();
    try {
      const answer = await fetch('/metrics.json', { cache: 'no-store' });
      const polled: unknown = await answer.json();
      if (this.#paused) return;
      if (isPolled(polled)) this.#listener.heard({ at: Date.now(), ...polled });
      else this.#listener.unreachable('What answers here is not Amped.');
    } catch {
      if (this.#paused) return;
      this.#listener.unreachable('The server cannot be reached: it has ended, or the network is down.');
    } finally {
      this.#asking = false;
    }
  }
}
