/**
 * The access log as one who serves sees it: a loop, or a worker that blocks. It makes lines and puts them into memory; who
 * writes them from there is in log-writer.ts, and nobody waits for that.
 *
 * What it keeps true: nothing is allocated for a request whose head has come before.
 */
import { CommonLogFormat } from './common-log-format.js';
import { JsonLogFormat } from './json-log-format.js';
import { type LogFormat, LoggedRequest, Outcome, RequestText } from './log-format.js';
import type { LogRing } from './log-ring.js';

export const ACCESS_LOGS = ['off', 'common', 'combined', 'json'] as const;
export type AccessLogName = (typeof ACCESS_LOGS)[number];

export class AccessLog {
  readonly format: LogFormat;
  /** The request that is described next. */
  readonly request = new LoggedRequest();
  /** What came of the one whose line is written next. */
  readonly outcome = new Outcome();
  readonly #ring: LogRing;
  readonly #call: () => void;
  readonly #scratch = new RequestText();

  /** @param call has whoever writes the lines come soon: there are many. */
  constructor(name: Exclude<AccessLogName, 'off'>, ring: LogRing, call: () => void) {
    this.format = name === 'json' ? new JsonLogFormat() : new CommonLogFormat(name === 'combined');
    this.#ring = ring;
    this.#call = call;
  }

  /** What `request` says, in `text`. */
  describe(text: RequestText): void {
    text.makeRoom(this.format.roomFor(this.request));
    this.format.describe(this.request, text);
  }

  /** What `request` says, to be kept with a head that comes again. */
  describeOnce(): RequestText {
    this.describe(this.#scratch);
    return this.#scratch.kept();
  }

  /** A line: `outcome` is what came of it. */
  write(client: Uint8Array, text: RequestText): void {
    const { format } = this;
    const ring = this.#ring;
    if (!ring.reserve(client.length + text.length + format.otherBytes)) return;
    const end = format.write(ring.memory.bytes, ring.at, client, text, this.outcome);
    if (ring.commit(end - ring.at)) this.#call();
  }
}
