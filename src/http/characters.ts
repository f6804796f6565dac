/**
 * The classes of bytes that HTTP/1.1 distinguishes, one 256-entry table each, so that validating costs one look-up a byte.
 *
 * What stands in no table is refused: control bytes, NUL and DEL are in none of them, a bare CR or LF neither.
 */

export const HTAB = 0x09;
export const LF = 0x0a;
export const CR = 0x0d;
export const SPACE = 0x20;
export const COMMA = 0x2c;
export const COLON = 0x3a;

const DIGITS = '0123456789';
const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

function mark(table: Uint8Array, characters: string, bit: number): void {
  for (let index = 0; index < characters.length; index++) {
    const code = characters.charCodeAt(index);
    table[code] = (table[code] ?? 0) | bit;
  }
}

/** 1 for the bytes of a token: methods and field names (RFC 9110 5.6.2). */
export const TOKEN = new Uint8Array(256);
mark(TOKEN, `${DIGITS}${LETTERS}!#$%&'*+-.^_\`|~`, 1);

/** 1 for the bytes of a field value: visible ASCII, space, tab and obs-text (RFC 9110 5.5). */
export const FIELD_VALUE = new Uint8Array(256).fill(1, 0x20).fill(1, HTAB, HTAB + 1);
FIELD_VALUE[0x7f] = 0;

/** Bit of TARGET: may stand in a path. */
export const PATH_BYTE = 1;
/** Bit of TARGET: may stand in a query, or in a target that is not in origin-form. */
export const QUERY_BYTE = 2;

/**
 * The bytes of a request target (RFC 3986 3.3 and 3.4), and beyond these the brackets, caret, bar, braces and grave
 * accent which browsers send as they are (WHATWG URL, path percent-encode set). A backslash is taken in a query only: in
 * a path some clients would read it as a separator. '#', '"', '<', '>', space and bytes above 0x7e are refused.
 */
export const TARGET = new Uint8Array(256);
mark(TARGET, `${DIGITS}${LETTERS}-._~!$&'()*+,;=:@%/[]^|{}\``, PATH_BYTE | QUERY_BYTE);
mark(TARGET, '?\\', QUERY_BYTE);

/** 1 for the bytes of a registered name or an IPv4 address, but for '%' (RFC 3986 3.2.2). */
export const REGISTERED_NAME = new Uint8Array(256);
mark(REGISTERED_NAME, `${DIGITS}${LETTERS}-._~!$&'()*+,;=`, 1);

/** The value of a hexadecimal digit, or -1. */
export const HEXADECIMAL = new Int8Array(256).fill(-1);
for (let digit = 0; digit < 16; digit++) {
  HEXADECIMAL[digit.toString(16).charCodeAt(0)] = digit;
  HEXADECIMAL[digit.toString(16).toUpperCase().charCodeAt(0)] = digit;
}

/**
 * Whether the bytes from `start` to `end` are `lower`, whatever their case. `lower` holds lower-case letters, digits
 * and '-' only: for those, setting bit 5 maps no other token byte onto them.
 */
export function equalsIgnoringCase(bytes: Uint8Array, start: number, end: number, lower: Uint8Array): boolean {
  if (end - start !== lower.length) return false;
  for (let index = 0; index < lower.length; index++) {
    if ((bytes[start + index]! | 0x20) !== lower[index]) return false;
  }
  return true;
}

/** The bytes of an ASCII text, for tables made at load. */
export function ascii(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let index = 0; index < text.length; index++) bytes[index] = text.charCodeAt(index);
  return bytes;
}
