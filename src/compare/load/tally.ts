/** What a run has counted so far: requests, answers and errors, to the request. Slow readers count their own requests. */
import type { LoadErrors } from './result.js';

/** Statuses have three digits. */
const STATUSES = 1000;

export type ErrorKind = keyof LoadErrors;

export class Tally {
  sent = 0;
  answered = 0;
  bytes = 0;
  hashed = 0;
  readonly errors: Record<ErrorKind, number> = {
    connectRefused: 0,
    connectTimeout: 0,
    connectFailed: 0,
    reset: 0,
    timeout: 0,
    malformed: 0,
    unsolicited: 0,
    wrongStatus: 0,
    wrongLength: 0,
    wrongHash: 0,
  };
  readonly #statuses = new Float64Array(STATUSES);

  status(status: number): void {
    this.#statuses[status] = (this.#statuses[status] as number) + 1;
  }

  get statuses(): Record<string, number> {
    const counts = [...this.#statuses].map((count, status): [string, number] => [String(status), count]);
    return Object.fromEntries(counts.filter(([, count]) => count > 0));
  }
}
