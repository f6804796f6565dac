/**
 * NCSA's Common Log Format, and the Combined one, which has the referrer and the user agent besides: what logs analysers
 * read. The time is local, as everywhere else.
 *
 *     127.0.0.1 - - [26/Nov/2026:20:33:50 +0100] "GET / HTTP/1.1" 200 612 "-" "curl/8.5.0"
 */
import { COMMON_ESCAPES, MOST_ESCAPED, writeBytes, writeEscaped, writeNumber, writeText } from './escape.js';
import {
  type LogFormat,
  type LoggedRequest,
  MOST_FIELD_BYTES,
  MOST_LINE_BYTES,
  type Outcome,
  type RequestText,
} from './log-format.js';

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
/** Quotation marks, spaces, and dashes for what there is not. */
const PUNCTUATION_BYTES = 16;

export class CommonLogFormat implements LogFormat {
  readonly timed = false;
  /** The time, a status and a number. */
  readonly otherBytes = 64;
  readonly #combined: boolean;
  #second = -1;
  #time = new Uint8Array(0);

  constructor(combined: boolean) {
    this.#combined = combined;
  }

  client(address: string): Uint8Array {
    return Buffer.from(`${address} - - `, 'latin1');
  }

  roomFor(request: LoggedRequest): number {
    const { lineStart, lineEnd, referrerStart, referrerEnd, agentStart, agentEnd } = request;
    const line = Math.min(MOST_LINE_BYTES, MOST_ESCAPED * (lineEnd - lineStart));
    const fields = referrerEnd - referrerStart + agentEnd - agentStart;
    return line + Math.min(2 * MOST_FIELD_BYTES, MOST_ESCAPED * fields) + 4 * PUNCTUATION_BYTES;
  }

  describe(request: LoggedRequest, text: RequestText): void {
    const { bytes: from, lineStart, lineEnd, referrerStart, referrerEnd, agentStart, agentEnd } = request;
    const to = text.bytes;
    let at = writeText(to, 0, '"');
    // What Apache and nginx write where not even the request line came.
    if (lineEnd === lineStart) at = writeText(to, at, '-');
    else at = writeEscaped(to, at, MOST_LINE_BYTES, from, lineStart, lineEnd, COMMON_ESCAPES);
    at = writeText(to, at, '" ');
    text.split = at;
    if (this.#combined) {
      at = writeField(to, at, from, referrerStart, referrerEnd);
      at = writeField(to, at, from, agentStart, agentEnd);
    }
    text.length = writeText(to, at, '\n');
  }

  write(to: Uint8Array, start: number, client: Uint8Array, text: RequestText, outcome: Outcome): number {
    const second = Math.floor(outcome.now / 1000);
    if (second !== this.#second) {
      this.#second = second;
      this.#time = Buffer.from(`[${localTime(second)}] `, 'latin1');
    }
    let at = writeBytes(to, start, client, 0, client.length);
    at = writeBytes(to, at, this.#time, 0, this.#time.length);
    at = writeBytes(to, at, text.bytes, 0, text.split);
    at = writeNumber(to, at, outcome.status, 3);
    to[at] = 0x20;
    at = writeNumber(to, at + 1, outcome.bytes);
    return writeBytes(to, at, text.bytes, text.split, text.length);
  }
}

/** ` "value"`, or ` "-"` where there is none. */
function writeField(to: Uint8Array, start: number, from: Uint8Array, valueStart: number, valueEnd: number): number {
  let at = writeText(to, start, ' "');
  if (valueStart < 0 || valueStart === valueEnd) at = writeText(to, at, '-');
  else at = writeEscaped(to, at, MOST_FIELD_BYTES, from, valueStart, valueEnd, COMMON_ESCAPES);
  return writeText(to, at, '"');
}

/** `26/Nov/2026:20:33:50 +0100`. */
function localTime(second: number): string {
  const date = new Date(second * 1000);
  const two = (value: number): string => String(value).padStart(2, '0');
  const east = -date.getTimezoneOffset();
  const offset = `${east < 0 ? '-' : '+'}${two(Math.floor(Math.abs(east) / 60))}${two(Math.abs(east) % 60)}`;
  const day = `${two(date.getDate())}/${MONTHS[date.getMonth()]}/${date.getFullYear()}`;
  return `${day}:${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())} ${offset}`;
}
