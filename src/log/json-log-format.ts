/**
 * The access log as JSON, an object a line (docs/logs.md has its members). Members that are not known are null, so that
 * every line has the same ones; `line` and `aborted` are there only where they say something.
 */
import { JSON_ESCAPES, MOST_ESCAPED, writeBytes, writeEscaped, writeNumber, writeText } from './escape.js';
import {
  type LogFormat,
  type LoggedRequest,
  MOST_FIELD_BYTES,
  MOST_LINE_BYTES,
  type Outcome,
  type RequestText,
} from './log-format.js';

/** The names of the members and what is between them. */
const NAMES_BYTES = 160;

export class JsonLogFormat implements LogFormat {
  readonly timed = true;
  /** The time, a status, three numbers, and the names of all these. */
  readonly otherBytes = 200;
  #second = -1;
  #time = new Uint8Array(0);

  client(address: string): Uint8Array {
    return Buffer.from(`"client":${address === '-' ? 'null' : JSON.stringify(address)},`, 'latin1');
  }

  roomFor(request: LoggedRequest): number {
    const { lineStart, lineEnd, referrerStart, referrerEnd, agentStart, agentEnd } = request;
    // Of an understood line each of the three parts may have the room of a whole one.
    const line = Math.min(3 * MOST_LINE_BYTES, MOST_ESCAPED * (lineEnd - lineStart));
    const fields = referrerEnd - referrerStart + agentEnd - agentStart;
    return line + Math.min(2 * MOST_FIELD_BYTES, MOST_ESCAPED * fields) + NAMES_BYTES;
  }

  describe(request: LoggedRequest, text: RequestText): void {
    const { bytes: from, lineStart, methodEnd, targetEnd, lineEnd, understood } = request;
    const to = text.bytes;
    let at = 0;
    if (understood) {
      at = writeMember(to, at, '"method":', from, lineStart, methodEnd, MOST_LINE_BYTES);
      at = writeMember(to, at, '"target":', from, methodEnd + 1, targetEnd, MOST_LINE_BYTES);
      at = writeMember(to, at, '"protocol":', from, targetEnd + 1, lineEnd, MOST_LINE_BYTES);
    } else {
      at = writeText(to, at, '"method":null,"target":null,"protocol":null,');
      if (lineEnd > lineStart) at = writeMember(to, at, '"line":', from, lineStart, lineEnd, MOST_LINE_BYTES);
    }
    at = writeMember(to, at, '"referrer":', from, request.referrerStart, request.referrerEnd, MOST_FIELD_BYTES);
    at = writeMember(to, at, '"userAgent":', from, request.agentStart, request.agentEnd, MOST_FIELD_BYTES);
    text.split = at;
    text.length = at;
  }

  write(to: Uint8Array, start: number, client: Uint8Array, text: RequestText, outcome: Outcome): number {
    const { now } = outcome;
    const second = Math.floor(now / 1000);
    if (second !== this.#second) {
      this.#second = second;
      // RFC 3339, in UTC.
      this.#time = Buffer.from(`{"time":"${new Date(second * 1000).toISOString().slice(0, 19)}.`, 'latin1');
    }
    let at = writeBytes(to, start, this.#time, 0, this.#time.length);
    at = writeNumber(to, at, Math.floor(now - second * 1000), 3);
    at = writeText(to, at, 'Z",');
    at = writeBytes(to, at, client, 0, client.length);
    at = writeBytes(to, at, text.bytes, 0, text.length);
    at = writeNumber(to, writeText(to, at, '"status":'), outcome.status, 3);
    at = writeNumber(to, writeText(to, at, ',"bytes":'), outcome.bytes);
    const microseconds = Math.max(0, Math.round(outcome.duration * 1000));
    const seconds = Math.floor(microseconds / 1e6);
    at = writeNumber(to, writeText(to, at, ',"duration":'), seconds);
    at = writeNumber(to, writeText(to, at, '.'), microseconds - seconds * 1e6, 6);
    at = writeNumber(to, writeText(to, at, ',"request":'), outcome.number);
    return writeText(to, at, outcome.aborted ? ',"aborted":true}\n' : '}\n');
  }
}

/** `name` and the value from `start` to `end`, or null where there is none. */
function writeMember(
  to: Uint8Array,
  start: number,
  name: string,
  from: Uint8Array,
  valueStart: number,
  valueEnd: number,
  most: number,
): number {
  let at = writeText(to, start, name);
  if (valueStart < 0) return writeText(to, at, 'null,');
  at = writeText(to, at, '"');
  at = writeEscaped(to, at, most, from, valueStart, valueEnd, JSON_ESCAPES);
  return writeText(to, at, '",');
}
