/**
 * Whether an answer is one that this request may get from the site: its status, its length, its bytes, and nothing that
 * must not come out.
 */
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import type { ReadAnswer } from './answer-reader.js';
import type { ExpectedRequest } from './expected.js';
import { type FuzzSite, SECRET, SMUGGLED, SMUGGLED_NAME } from './site.js';

/** What a request that could not be read is answered with. */
const REFUSALS = new Set([400, 413, 414, 417, 421, 431, 501, 505]);
/** What the methods that read files may get. Nothing of the server may fail. */
const READ = new Set([200, 206, 301, 302, 303, 304, 307, 308, 400, 403, 404, 406, 412, 416]);
const ASKED = new Set([200, 204, 400, 403, 404]);
const CHANGED = new Set([400, 403, 404, 405]);
const KNOWN_METHODS = new Set(['POST', 'PUT', 'DELETE', 'PATCH', 'TRACE']);

/** What is wrong with it, in words; undefined where nothing is. */
export function wrongWith(site: FuzzSite, request: ExpectedRequest, answer: ReadAnswer): string | undefined {
  const { method, target } = request;
  const { status } = answer;
  const allowed = allowedFor(method);
  if (!allowed.has(status)) return `${method} ${target} is answered ${status}`;
  const leaked = leaks(answer, target);
  if (leaked !== undefined) return `${method} ${target}: ${leaked}`;
  if (status === 405 && answer.fields.get('allow') === undefined) return `${method} ${target}: a 405 without Allow`;
  const persistence = wrongPersistence(request, answer);
  if (persistence !== undefined) return `${method} ${target}: ${persistence}`;
  if (method === 'GET' && status === 200) return wrongWhole(site, request, answer);
  if (method === 'GET' && status === 206) return wrongPart(site, request, answer);
  return undefined;
}

/** What is wrong with the answer to what could not be read as a request. */
export function wrongRefusal(answer: ReadAnswer): string | undefined {
  if (!REFUSALS.has(answer.status)) return `what must be refused is answered ${answer.status}`;
  if (answer.fields.get('connection')?.toLowerCase() !== 'close') return `a ${answer.status} that does not close`;
  return leaks(answer, '');
}

/** Whether the answer says that it is the last of its connection. */
export function says(answer: ReadAnswer, option: string): boolean {
  return answer.fields.get('connection')?.toLowerCase() === option;
}

function allowedFor(method: string): ReadonlySet<number> {
  if (method === 'GET' || method === 'HEAD') return READ;
  if (method === 'OPTIONS') return ASKED;
  return KNOWN_METHODS.has(method) ? CHANGED : new Set([501, 405]);
}

function wrongPersistence({ last, minorVersion }: ExpectedRequest, answer: ReadAnswer): string | undefined {
  if (last && !says(answer, 'close')) return 'the last answer does not say so';
  if (!last && minorVersion === 0 && !says(answer, 'keep-alive') && !says(answer, 'close')) {
    return 'a client of HTTP/1.0 is not told that the connection stays';
  }
  return undefined;
}

function leaks({ fields, body }: ReadAnswer, target: string): string | undefined {
  if (body.includes(SECRET)) return 'a secret came out';
  if (body.includes('root:x:')) return 'the password file came out';
  if (body.includes(SMUGGLED) && !decoded(target).includes(SMUGGLED_NAME)) return 'a smuggled request was answered';
  for (const [name, value] of fields) if (value.includes(SECRET)) return `a secret came out in ${name}`;
  return undefined;
}

/** As often as anybody may decode. */
function decoded(target: string): string {
  const once = (text: string) =>
    text.replace(/%([0-9a-f]{2})/gi, (_, digits) => String.fromCharCode(Number.parseInt(digits, 16)));
  return once(once(target)).toLowerCase();
}

function wrongWhole(site: FuzzSite, { target }: ExpectedRequest, { fields, body }: ReadAnswer): string | undefined {
  const content = contentOf(body, fields.get('content-encoding'));
  if (content === undefined) return undefined;
  const file = site.files.get(target.slice(1)) ?? site.ofSize(content.length);
  return file?.equals(content) === true ? undefined : `GET ${target}: ${body.length} bytes that are no file's`;
}

/** Without its coding; undefined for one that cannot be undone here. */
function contentOf(body: Buffer, coding: string | undefined): Buffer | undefined {
  if (coding === undefined) return body;
  if (coding === 'gzip') return gunzipSync(body);
  if (coding === 'br') return brotliDecompressSync(body);
  return undefined;
}

function wrongPart(
  site: FuzzSite,
  { target, range }: ExpectedRequest,
  { fields, body }: ReadAnswer,
): string | undefined {
  const boundary = /^multipart\/byteranges; *boundary="?([^"]+)"?$/i.exec(fields.get('content-type') ?? '')?.[1];
  if (boundary !== undefined) return wrongParts(site, target, body, boundary);
  if (fields.has('content-encoding')) return undefined;
  const given = fields.get('content-range');
  return (
    wrongSlice(site, target, given, body) ??
    (isAsked(range, given) ? undefined : `GET ${target}: ${range} gives ${given}`)
  );
}

/** Whether a single range is the one that was asked for (RFC 9110 14.1.2); lists are not looked into. */
function isAsked(asked: string | undefined, given: string | undefined): boolean {
  const [, first, last, size] = (/^bytes ([0-9]+)-([0-9]+)\/([0-9]+)$/.exec(given ?? '') ?? []).map(Number);
  const [all, from, to] = /^bytes=[ \t]*([0-9]*)-([0-9]*)[ \t]*$/i.exec(asked ?? '') ?? [];
  if (all === undefined || first === undefined || last === undefined || size === undefined) return true;
  if (from === '') return first === Math.max(size - Number(to), 0) && last === size - 1;
  return first === Number(from) && last === (to === '' ? size - 1 : Math.min(Number(to), size - 1));
}

function wrongSlice(site: FuzzSite, target: string, range: string | undefined, body: Buffer): string | undefined {
  const [, first, last, size] = /^bytes ([0-9]+)-([0-9]+)\/([0-9]+)$/.exec(range ?? '') ?? [];
  const file = site.ofSize(Number(size));
  if (file?.subarray(Number(first), Number(last) + 1).equals(body) === true) return undefined;
  return `GET ${target}: a part that is not ${range}`;
}

/** Each part as its Content-Range says, and nothing between them (RFC 9110 14.6). */
function wrongParts(site: FuzzSite, target: string, body: Buffer, boundary: string): string | undefined {
  let at = 0;
  for (let parts = 0; ; parts++) {
    const delimiter = `${at === 0 ? '' : '\r\n'}--${boundary}`;
    const opened = body.toString('latin1', at, at + delimiter.length) === delimiter;
    // A line end before the first one is allowed too (RFC 2046 5.1.1).
    const shift = at === 0 && !opened ? 2 : 0;
    if (body.toString('latin1', at + shift, at + shift + delimiter.length) !== delimiter) {
      return `GET ${target}: part ${parts} does not begin with its boundary`;
    }
    at += shift + delimiter.length;
    if (body.toString('latin1', at, at + 2) === '--') {
      const rest = body.toString('latin1', at + 2);
      return rest === '' || rest === '\r\n' ? undefined : `GET ${target}: bytes behind the last part`;
    }
    const headEnd = body.indexOf('\r\n\r\n', at);
    const head = body.toString('latin1', at, headEnd);
    const range = /\r\ncontent-range: *([^\r]*)(\r\n|$)/i.exec(head)?.[1];
    const [, first, last] = /^bytes ([0-9]+)-([0-9]+)\//.exec(range ?? '') ?? [];
    const end = headEnd + 4 + Number(last) - Number(first) + 1;
    if (headEnd === -1 || !(end <= body.length)) return `GET ${target}: part ${parts} has no good head`;
    const wrong = wrongSlice(site, target, range, body.subarray(headEnd + 4, end));
    if (wrong !== undefined) return wrong;
    at = end;
  }
}
