/**
 * Writes a response head straight into memory that the kernel sends from: no string of the whole head is ever made.
 *
 * What it writes is always well-formed: a name that is no token or a value with CR, LF, NUL or another control byte
 * throws, since it would let data become fields (response splitting, RFC 9110 5.5).
 */
import { CR, FIELD_VALUE, LF, SPACE, TOKEN } from './characters.js';
import { DATE_BYTES, writeDate } from './http-date.js';
import { reasonPhrase } from './status.js';

export class ResponseHead {
  /** Where the DATE_BYTES bytes of the Date value lie, to be written again as time goes by; -1 before `date`. */
  dateOffset = -1;
  #bytes: Uint8Array = new Uint8Array(0);
  #start = 0;
  #at = 0;

  /** A head begins at `offset` of `bytes`: the status line. The version is ours, 1.1, whatever the client's (RFC 9110 2.5). */
  begin(bytes: Uint8Array, offset: number, status: number): void {
    if (!Number.isInteger(status) || status < 100 || status > 999) throw new RangeError(`no status code: ${status}`);
    this.#bytes = bytes;
    this.#start = offset;
    this.#at = offset;
    this.dateOffset = -1;
    this.#text('HTTP/1.1 ');
    this.#number(status);
    this.#byte(SPACE);
    this.#text(reasonPhrase(status));
    this.#line();
  }

  /** A field line. The value is Latin-1 text or a non-negative safe integer; TypeError where either part is not allowed. */
  field(name: string, value: string | number): void {
    for (let index = 0; index < name.length; index++) {
      if (TOKEN[name.charCodeAt(index)] !== 1) throw new TypeError(`no field name: ${JSON.stringify(name)}`);
    }
    if (name.length === 0) throw new TypeError('a field name is empty');
    this.#text(name);
    this.#text(': ');
    if (typeof value === 'number') {
      if (!Number.isSafeInteger(value) || value < 0) throw new TypeError(`no value for ${name}: ${value}`);
      this.#number(value);
    } else {
      for (let index = 0; index < value.length; index++) {
        if (FIELD_VALUE[value.charCodeAt(index)] !== 1) {
          throw new TypeError(`the value of ${name} has a character that no field may have, at ${index}`);
        }
      }
      this.#text(value);
    }
    this.#line();
  }

  /** The Date field (RFC 9110 6.6.1) of `now`, milliseconds since the epoch. */
  date(now: number): void {
    this.#text('Date: ');
    this.dateOffset = this.#at;
    this.#reserve(DATE_BYTES);
    writeDate(this.#bytes, this.#at, Math.floor(now / 1000));
    this.#at += DATE_BYTES;
    this.#line();
  }

  /**
   * What a client of HTTP/1.`minorVersion` must be told about the connection: `close` when it ends, `keep-alive` to a 1.0
   * client that asked for it (RFC 9112 9.3), nothing otherwise.
   */
  persistence(minorVersion: number, persistent: boolean): void {
    if (!persistent) this.#text('Connection: close\r\n');
    else if (minorVersion === 0) this.#text('Connection: keep-alive\r\n');
  }

  /** The empty line. Gives the length of the whole head. */
  end(): number {
    this.#line();
    return this.#at - this.#start;
  }

  #reserve(length: number): void {
    if (this.#at + length > this.#bytes.length) throw new RangeError('a response head does not fit into its memory');
  }

  #byte(byte: number): void {
    this.#reserve(1);
    this.#bytes[this.#at++] = byte;
  }

  #line(): void {
    this.#byte(CR);
    this.#byte(LF);
  }

  #text(text: string): void {
    this.#reserve(text.length);
    for (let index = 0; index < text.length; index++) this.#bytes[this.#at++] = text.charCodeAt(index);
  }

  #number(value: number): void {
    let digits = 1;
    for (let rest = value; rest >= 10; rest = Math.floor(rest / 10)) digits++;
    this.#reserve(digits);
    let rest = value;
    for (let index = digits - 1; index >= 0; index--) {
      this.#bytes[this.#at + index] = 0x30 + (rest % 10);
      rest = Math.floor(rest / 10);
    }
    this.#at += digits;
  }
}
