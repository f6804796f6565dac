/** Asks the admin listener of a server for its numbers; what goes wrong is a sentence for the user. */
import { isPolled, type Polled } from '../../metrics/polled.js';

/** A loop that stands still answers for itself only afterwards: one that has answered before is waited for. */
const FIRST_MILLISECONDS = 5000;
const LATER_MILLISECONDS = 60_000;

/** The server has been there, and is no more. */
export class GoneError extends Error {}

export class Source {
  readonly #url: string;
  #known = false;

  constructor(url: string) {
    this.#url = url;
  }

  /** Throws an Error whose message is a sentence for the user; a GoneError when it has answered before. */
  async ask(): Promise<Polled> {
    const patience = this.#known ? LATER_MILLISECONDS : FIRST_MILLISECONDS;
    let polled: unknown;
    try {
      const signal = AbortSignal.timeout(patience);
      const answer = await fetch(`${this.#url}metrics.json`, { signal, redirect: 'error' });
      polled = await answer.json();
    } catch (error) {
      throw this.#known ? new GoneError(`The server at ${this.#url} has gone away.`) : new Error(this.#why(error));
    }
    if (!isPolled(polled)) throw new Error(this.#noAmped());
    this.#known = true;
    return { at: Date.now(), ...polled };
  }

  #why(error: unknown): string {
    const { name, cause } = error as { name?: string; cause?: { code?: string } };
    if (name === 'TimeoutError') return `Nothing has answered at ${this.#url} for ${FIRST_MILLISECONDS / 1000} s.`;
    if (cause?.code === 'ECONNREFUSED') {
      return `Nothing answers at ${this.#url}; a server tells its numbers there when it is started with --admin.`;
    }
    // Whatever it has said, it was no answer in JSON.
    if (cause?.code === undefined || cause.code.startsWith('HPE_')) return this.#noAmped();
    return `${this.#url} cannot be reached (${cause.code}).`;
  }

  #noAmped(): string {
    return `What answers at ${this.#url} is not the admin listener of Amped.`;
  }
}
