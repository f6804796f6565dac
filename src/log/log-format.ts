/**
 * What a line of the access log is made of. What a request says is written once, when its head has come, into a text that is
 * kept with a head that comes again; what came of it is added when its answer has gone out.
 */

/** What is known of a request: offsets into `bytes`, which are true only during the call that is given it. */
export class LoggedRequest {
  bytes: Uint8Array = new Uint8Array(0);
  /** The request line without its CRLF; in it the method ends, and after a space the target begins, and ends. */
  lineStart = 0;
  lineEnd = 0;
  methodEnd = 0;
  targetEnd = 0;
  /** Whether the line has these three parts: not every one that is refused has. */
  understood = true;
  /** The values of Referer and User-Agent; -1: there is none. */
  referrerStart = -1;
  referrerEnd = -1;
  agentStart = -1;
  agentEnd = -1;
}

/** What a request says, as a format writes it: before what came of it, and, from `split` on, after it. */
export class RequestText {
  bytes = NO_BYTES;
  split = 0;
  length = 0;

  /** Has room for so many bytes. What it held is lost. */
  makeRoom(size: number): void {
    if (this.bytes.length < size) this.bytes = new Uint8Array(size);
  }

  /** The same in exactly as much memory as it needs, to be kept. */
  kept(): RequestText {
    const copy = new RequestText();
    copy.bytes = this.bytes.slice(0, this.length);
    copy.split = this.split;
    copy.length = this.length;
    return copy;
  }
}

const NO_BYTES = new Uint8Array(0);

/** What came of a request. */
export class Outcome {
  status = 0;
  /** Of the content that has gone out. */
  bytes = 0;
  /** Milliseconds since the epoch, and how many milliseconds it took; the latter only where the format is `timed`. */
  now = 0;
  duration = 0;
  /** Which of the connection's requests it was, from 1 on. */
  number = 0;
  /** The connection has ended before the answer had. */
  aborted = false;
}

export interface LogFormat {
  /** Whether it says how long a request took. */
  readonly timed: boolean;
  /** What each line of a client's begins with, or has near its beginning. */
  client(address: string): Uint8Array;
  /** At most so many bytes are needed to describe this request. */
  roomFor(request: LoggedRequest): number;
  describe(request: LoggedRequest, text: RequestText): void;
  /** A line has at most so many bytes beside those of the client and of the request's text. */
  readonly otherBytes: number;
  /** Writes a line at `at`; gives where it ends. */
  write(to: Uint8Array, at: number, client: Uint8Array, text: RequestText, outcome: Outcome): number;
}

/** A longer request line, or a longer field, is cut: in bytes as they are written. */
export const MOST_LINE_BYTES = 4096;
export const MOST_FIELD_BYTES = 1024;
