/** Asks the admin listener of a server for its numbers; what goes wrong is a sentence for the user. */
import { get } from 'node:http';
import { isPolled, type Polled } from '../../metrics/polled.js';

/** A loop that stands still answers for itself only afterwards: one that has answered before is waited for. */
const FIRST_MILLISECONDS = 5000;
const LATER_MILLISECONDS = 60_000;
/** The numbers of a thousand workers are a fifth of it. */
const MOST_MEBIBYTES = 4;

// biome-ignore lint/suspicious/noControlCharactersInRegex: it is these that are taken away.
const CONTROLS = /[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]/g;

/** The server has been there, and is no more. */
export class GoneError extends Error {}

/** It is asked by a name that it does not answer to. */
class ForbiddenError extends Error {}

/** It says more than there is to say. */
class TooLongError extends Error {}

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
      polled = JSON.parse(await textAt(`${this.#url}metrics.json`, patience), harmless);
    } catch (error) {
      if (error instanceof TooLongError) throw new Error(this.#tooLong());
      throw this.#known ? new GoneError(`The server at ${this.#url} has gone away.`) : new Error(this.#why(error));
    }
    if (!isPolled(polled)) throw new Error(this.#noAmped());
    this.#known = true;
    return { at: Date.now(), ...polled };
  }

  #why(error: unknown): string {
    const { name, code } = error as NodeJS.ErrnoException;
    if (name === 'AbortError') return `Nothing has answered at ${this.#url} for ${FIRST_MILLISECONDS / 1000} s.`;
    if (code === 'ECONNREFUSED') {
      return `Nothing answers at ${this.#url}; a server tells its numbers there when it is started with --admin.`;
    }
    if (error instanceof ForbiddenError) {
      return `The admin listener at ${this.#url} does not answer to this name; use its address, or the name given to --admin.`;
    }
    // Something has answered, but not with JSON, or not by HTTP.
    if (code === undefined || code === 'ECONNRESET' || code.startsWith('HPE_')) return this.#noAmped();
    return `${this.#url} cannot be reached (${code}).`;
  }

  #tooLong(): string {
    return `What answers at ${this.#url} says more than ${MOST_MEBIBYTES} MiB, which is more than Amped has to say.`;
  }

  #noAmped(): string {
    return `What answers at ${this.#url} is not the admin listener of Amped.`;
  }
}

/** Whatever answers may say anything, and a terminal does what control characters tell it: no text has any from here on. */
function harmless(_name: string, value: unknown): unknown {
  if (typeof value === 'string') return value.replace(CONTROLS, '');
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, there]) => [name.replace(CONTROLS, ''), there]));
}

/**
 * Not by Node's fetch, which refuses some ports (https://fetch.spec.whatwg.org/#port-blocking); and on a new connection, since one
 * that was kept may be closed by the server just when it is used.
 */
function textAt(url: string, patience: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const asking = get(url, { agent: false, signal: AbortSignal.timeout(patience) }, (answer) => {
      if (answer.statusCode === 403) reject(new ForbiddenError());
      let text = '';
      answer.setEncoding('utf8').on('data', (piece: string) => {
        text += piece;
        if (text.length <= MOST_MEBIBYTES * 2 ** 20) return;
        reject(new TooLongError());
        asking.destroy();
      });
      answer.once('end', () => resolve(text)).once('error', reject);
    });
    asking.once('error', reject);
  });
}
