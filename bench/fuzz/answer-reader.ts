/**
 * Reads what a server sends, strictly: status line, field lines, framing (RFC 9112 4 to 6.3). Nothing is tolerated, and
 * nothing of the server's own code is used. Fed bytes in any pieces.
 */

/** An answer that broke the rules. */
export class AnswerError extends Error {}

export interface ReadAnswer {
  readonly status: number;
  readonly fields: ReadonlyMap<string, string>;
  readonly body: Buffer;
}

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const STATUS_LINE = /^HTTP\/1\.1 ([1-5][0-9][0-9]) [\t \x21-\x7e]*$/;
const VALUE = /^([\x21-\x7e\x80-\xff]([\t \x20-\x7e\x80-\xff]*[\x21-\x7e\x80-\xff])?)?$/;
const DATE =
  /^(Mon|Tue|Wed|Thu|Fri|Sat|Sun), [0-9]{2} (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) [0-9]{4} [0-9]{2}:[0-9]{2}:[0-9]{2} GMT$/;
const LARGEST_HEAD_BYTES = 16_384;
const EXCERPT_BYTES = 200;
const NO_BYTES = Buffer.alloc(0);
/** Fields that are lists, and may have several lines. */
const LISTS = new Set(['vary', 'set-cookie', 'allow', 'link', 'cache-control']);

export class AnswerReader {
  #bytes: Buffer = NO_BYTES;
  #pieces: Buffer[] = [];
  #length = 0;
  /** So many bytes are needed before there is anything to read. */
  #needed = 1;

  push(piece: Buffer): void {
    this.#pieces.push(piece);
    this.#length += piece.length;
  }

  /** Bytes that no answer has taken yet. */
  get left(): number {
    return this.#length;
  }

  /** What is left, shortened, for messages. */
  excerpt(): string {
    return JSON.stringify(this.#joined().toString('latin1', 0, EXCERPT_BYTES));
  }

  /** The next answer, to a request with this method; undefined while it is not complete. Throws AnswerError. */
  next(method: string): ReadAnswer | undefined {
    if (this.#length < this.#needed) return undefined;
    const bytes = this.#joined();
    const headEnd = bytes.indexOf('\r\n\r\n');
    if (headEnd === -1) {
      if (bytes.length > LARGEST_HEAD_BYTES) throw new AnswerError(`A head without end: ${this.excerpt()}`);
      this.#needed = bytes.length + 1;
      return undefined;
    }
    const { status, fields } = readHead(bytes.toString('latin1', 0, headEnd));
    const bodyStart = headEnd + 4;
    const end = bodyStart + lengthOfBody(status, fields, method);
    if (bytes.length < end) {
      this.#needed = end;
      return undefined;
    }
    this.#needed = 1;
    this.#bytes = bytes.subarray(end);
    this.#pieces = [];
    this.#length = this.#bytes.length;
    return { status, fields, body: bytes.subarray(bodyStart, end) };
  }

  #joined(): Buffer {
    if (this.#pieces.length > 0) {
      this.#bytes =
        this.#bytes.length === 0 && this.#pieces.length === 1
          ? this.#pieces[0]!
          : Buffer.concat([this.#bytes, ...this.#pieces]);
      this.#pieces = [];
    }
    return this.#bytes;
  }
}

function readHead(text: string): { status: number; fields: Map<string, string> } {
  const [statusLine = '', ...lines] = text.split('\r\n');
  const status = STATUS_LINE.exec(statusLine)?.[1];
  if (status === undefined) throw new AnswerError(`A bad status line: ${JSON.stringify(statusLine)}`);
  const fields = new Map<string, string>();
  for (const line of lines) {
    const colon = line.indexOf(':');
    const name = line.slice(0, colon).toLowerCase();
    const value = line.slice(colon + 1).replace(/^[\t ]+|[\t ]+$/g, '');
    if (colon < 1 || !TOKEN.test(name) || !VALUE.test(value)) {
      throw new AnswerError(`A bad field line: ${JSON.stringify(line)}`);
    }
    const former = fields.get(name);
    if (former !== undefined && !LISTS.has(name)) throw new AnswerError(`${name} comes twice`);
    fields.set(name, former === undefined ? value : `${former}, ${value}`);
  }
  // RFC 9110 6.6.1
  if (!DATE.test(fields.get('date') ?? '')) throw new AnswerError(`No good Date: ${fields.get('date')}`);
  return { status: Number(status), fields };
}

/** Exactly as Content-Length says, wherever there may be content (RFC 9112 6.3). */
function lengthOfBody(status: number, fields: ReadonlyMap<string, string>, method: string): number {
  if (fields.has('transfer-encoding')) throw new AnswerError('A transfer coding that nobody needs');
  const length = fields.get('content-length');
  if (length !== undefined && !/^[0-9]{1,15}$/.test(length)) throw new AnswerError(`Content-Length is ${length}`);
  if (status < 200 || status === 204) {
    if (length !== undefined) throw new AnswerError(`A ${status} with Content-Length`);
    return 0;
  }
  if (method === 'HEAD' || status === 304) return 0;
  if (length === undefined) throw new AnswerError(`A ${status} without Content-Length`);
  return Number(length);
}
