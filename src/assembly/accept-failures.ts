/**
 * What is said when no connection can be accepted: a sentence for the first failure and, while they go on, one now and then.
 * A server without descriptors fails ten times a second, and its log shall not be what fills the disk next.
 */
import { EINVAL, EMFILE, ENFILE, ENOBUFS, ENOMEM, errorName } from '../linux/errno.js';

/** Between two sentences. */
const QUIET_MILLISECONDS = 10_000;

const REASONS: Readonly<Record<number, string>> = {
  [EMFILE]: 'this process has no descriptor left',
  [ENFILE]: 'this computer has no descriptor left',
  [ENOBUFS]: 'the kernel has no memory for it',
  [ENOMEM]: 'the kernel has no memory for it',
};

export class AcceptFailures {
  readonly #log: (sentence: string) => void;
  readonly #now: () => number;
  #saidAt = Number.NEGATIVE_INFINITY;
  /** Failures of which nothing has been said. */
  #unsaid = 0;

  constructor(log: (sentence: string) => void, now: () => number = () => performance.now()) {
    this.#log = log;
    this.#now = now;
  }

  /** @param error -errno of the call that failed. */
  readonly failed = (error: number): void => {
    // The listener has been shut down for good: the order to end is on its way.
    if (error === -EINVAL) return;
    const now = this.#now();
    if (now - this.#saidAt < QUIET_MILLISECONDS) {
      this.#unsaid++;
      return;
    }
    const name = errorName(error);
    const reason = REASONS[-error] ?? 'accept(2) failed';
    const before = this.#unsaid === 0 ? '' : ` It has failed ${this.#unsaid} times since this was last said.`;
    this.#saidAt = now;
    this.#unsaid = 0;
    this.#log(
      `A connection cannot be accepted: ${reason} (${name === 'UNKNOWN' ? `error ${-error}` : name}); it waits, and is tried again.${before}`,
    );
  };
}
