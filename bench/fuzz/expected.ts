/**
 * What a strict server makes of the bytes of a connection, found by means of its own: regular expressions over text, and
 * nothing of src/http. It says which requests there are, and how the connection goes on behind them.
 *
 * It is one of two readings of the same rules (RFC 9112, and the choices that parse-head.ts names): where the server sees
 * another number of requests, or other ends of them, one of the two is wrong, and a smuggled request is just that.
 */

/** The limits of the server, as its defaults are. */
const REQUEST_LINE_BYTES = 8192;
const HEADER_BYTES = 32_768;
const HEADER_COUNT = 100;
const METHOD_BYTES = 32;
const EMPTY_LINES = 4;
const BODY_BYTES = 1_048_576;
const EXTENSION_BYTES = 4096;
const TRAILER_BYTES = 8192;

export interface ExpectedRequest {
  readonly method: string;
  readonly target: string;
  readonly minorVersion: number;
  /** The value of Range, where there is one such field. */
  readonly range: string | undefined;
  /** Its answer is the last one of the connection. */
  readonly last: boolean;
}

/** What comes behind the last request that is answered. */
export type Rest =
  /** Nothing: the connection stays open. */
  | 'nothing'
  /** Something that must be refused. */
  | 'refused'
  /** Something that is not complete. It may be refused already. */
  | 'incomplete'
  /** Whatever it is, it is not answered: the last request ended the connection. */
  | 'closed';

export interface Expected {
  readonly requests: readonly ExpectedRequest[];
  readonly rest: Rest;
}

const TOKEN = "[!#$%&'*+\\-.^_`|~0-9A-Za-z]+";
const PATH = "[A-Za-z0-9\\-._~!$&'()*+,;=:@%/[\\]^|{}`]*";
const QUERY = "[A-Za-z0-9\\-._~!$&'()*+,;=:@%/[\\]^|{}`?\\\\]*";
const VALUE = '[\\t\\x20-\\x7e\\x80-\\xff]*';

const REQUEST_LINE = new RegExp(`^(${TOKEN}) ([^ \\r\\n]+) HTTP/1\\.([0-9])$`);
const ORIGIN_FORM = new RegExp(`^/${PATH}(\\?${QUERY})?$`);
const ABSOLUTE_FORM = new RegExp(`^http://([^/?]+)(/${PATH})?(\\?${QUERY})?$`, 'i');
const AUTHORITY = /^(\[[0-9A-Fa-f:.]+\]|([A-Za-z0-9\-._~!$&'()*+,;=]|%[0-9A-Fa-f]{2})*)(:[0-9]*)?$/;
const FIELD_LINE = new RegExp(`^(${TOKEN}):(${VALUE})$`);
const CHUNK_LINE = new RegExp(`^([0-9A-Fa-f]{1,16})([ \\t]*;${VALUE})?$`);
const NOT_TOKEN = /[^!#$%&'*+\-.^_`|~0-9A-Za-z]/;

/** Reads Latin-1 text. */
export function expectedOf(text: string): Expected {
  const requests: ExpectedRequest[] = [];
  let at = 0;
  for (;;) {
    if (at === text.length) return { requests, rest: 'nothing' };
    const next = readOne(text, at);
    if (typeof next === 'string') return { requests, rest: next };
    requests.push(next.request);
    if (next.request.last) return { requests, rest: 'closed' };
    at = next.end;
  }
}

/** One request and where it ends, or what else is there. */
function readOne(text: string, start: number): { request: ExpectedRequest; end: number } | 'refused' | 'incomplete' {
  let at = start;
  for (let lines = 0; text.startsWith('\r\n', at); lines++) {
    if (lines === EMPTY_LINES) return 'refused';
    at += 2;
  }
  const headEnd = text.indexOf('\r\n\r\n', at);
  if (headEnd === -1) return 'incomplete';
  const head = readHead(text.slice(at, headEnd));
  if (head === undefined) return 'refused';
  const { method, target, minorVersion, range, contentLength, chunked } = head;
  const content = chunked || contentLength > 0;
  if (contentLength > BODY_BYTES) return 'refused';
  const expects = content && head.expectsContinue && minorVersion > 0;
  const request = { method, target, minorVersion, range, last: !head.persistent || expects };
  const bodyStart = headEnd + 4;
  // The final answer comes at once, and nothing behind the head is read.
  if (expects) return { request, end: bodyStart };
  if (!content) return { request, end: bodyStart };
  const end = chunked ? chunksEnd(text, bodyStart) : bodyStart + contentLength;
  if (typeof end === 'string') return end;
  return end > text.length ? 'incomplete' : { request, end };
}

interface ExpectedHead extends Omit<ExpectedRequest, 'last'> {
  readonly persistent: boolean;
  readonly contentLength: number;
  readonly chunked: boolean;
  readonly expectsContinue: boolean;
}

/** A head without the empty line at its end; undefined where it is to be refused. */
function readHead(text: string): ExpectedHead | undefined {
  const [requestLine = '', ...lines] = text.split('\r\n');
  const match = REQUEST_LINE.exec(requestLine);
  if (match === null || requestLine.length > REQUEST_LINE_BYTES) return undefined;
  const [, method = '', target = '', minor] = match;
  const minorVersion = Math.min(Number(minor), 1);
  if (method.length > METHOD_BYTES || method === 'CONNECT' || !isTarget(method, target)) return undefined;

  // The section as it was on the wire: its lines with their ends, and the empty line.
  const sectionBytes = lines.reduce((sum, line) => sum + line.length + 2, 2);
  if (sectionBytes > HEADER_BYTES || lines.length > HEADER_COUNT) return undefined;
  const fields = lines.map(readField);
  if (fields.includes(undefined)) return undefined;
  const valuesOf = (name: string) => fields.flatMap((field) => (field?.name === name ? [field.value] : []));

  const hosts = valuesOf('host');
  if (hosts.length > 1 || (hosts.length === 0 && minorVersion > 0)) return undefined;
  if (!hosts.every((host) => AUTHORITY.test(host))) return undefined;
  const lengths = valuesOf('content-length');
  const codings = valuesOf('transfer-encoding');
  if (lengths.length + codings.length > 1) return undefined;
  if (!lengths.every((length) => /^[0-9]+$/.test(length) && Number(length) <= Number.MAX_SAFE_INTEGER))
    return undefined;
  if (!codings.every((coding) => /^chunked$/i.test(coding) && minorVersion > 0)) return undefined;
  const expectations = valuesOf('expect');
  if (!expectations.every((expectation) => /^100-continue$/i.test(expectation))) return undefined;
  const options = valuesOf('connection').flatMap((value) => value.toLowerCase().split(NOT_TOKEN));
  const ranges = valuesOf('range');
  return {
    ...{ method, target, minorVersion, range: ranges.length === 1 ? ranges[0] : undefined },
    persistent: !options.includes('close') && (minorVersion > 0 || options.includes('keep-alive')),
    contentLength: Number(lengths[0] ?? 0),
    chunked: codings.length > 0,
    expectsContinue: expectations.length > 0,
  };
}

function readField(line: string): { readonly name: string; readonly value: string } | undefined {
  const [, name, value] = FIELD_LINE.exec(line) ?? [];
  if (name === undefined || value === undefined) return undefined;
  return { name: name.toLowerCase(), value: trimmed(value) };
}

/** Without the spaces and tabs around it; in one pass, since values full of them are among the cases. */
function trimmed(value: string): string {
  let end = value.length;
  while (end > 0 && ' \t'.includes(value.charAt(end - 1))) end--;
  return value.slice(0, end).replace(/^[ \t]+/, '');
}

function isTarget(method: string, target: string): boolean {
  if (target === '*') return method === 'OPTIONS';
  if (target.startsWith('/')) return ORIGIN_FORM.test(target);
  const authority = ABSOLUTE_FORM.exec(target)?.[1];
  return authority !== undefined && !authority.startsWith(':') && AUTHORITY.test(authority);
}

/** Where a chunked body ends, behind its trailer section. */
function chunksEnd(text: string, start: number): number | 'refused' | 'incomplete' {
  let at = start;
  let total = 0;
  let extensions = 0;
  for (;;) {
    const lineEnd = text.indexOf('\r\n', at);
    if (lineEnd === -1) return 'incomplete';
    const [, digits, extension = ''] = CHUNK_LINE.exec(text.slice(at, lineEnd)) ?? [];
    if (digits === undefined) return 'refused';
    const size = Number.parseInt(digits, 16);
    extensions += extension.length;
    if (size > BODY_BYTES - total || extensions > EXTENSION_BYTES) return 'refused';
    total += size;
    at = lineEnd + 2;
    if (size === 0) return trailersEnd(text, at);
    const dataEnd = at + size;
    if (!'\r\n'.startsWith(text.slice(dataEnd, dataEnd + 2))) return 'refused';
    if (dataEnd + 2 > text.length) return 'incomplete';
    at = dataEnd + 2;
  }
}

function trailersEnd(text: string, start: number): number | 'refused' | 'incomplete' {
  let bytes = 0;
  for (let at = start; ; ) {
    const lineEnd = text.indexOf('\r\n', at);
    if (lineEnd === -1) return 'incomplete';
    if (lineEnd === at) return lineEnd + 2;
    // The line and its LF: how the server counts is its own affair, but it must count.
    bytes += lineEnd - at + 1;
    if (bytes > TRAILER_BYTES || !FIELD_LINE.test(text.slice(at, lineEnd))) return 'refused';
    at = lineEnd + 2;
  }
}
