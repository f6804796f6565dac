/**
 * A client that sends exactly the bytes it is told, in the pieces it is told, and reads answers strictly.
 *
 * The parser is independent of the server's: status line, field lines and the three framings of RFC 9112 section 6.3,
 * with nothing tolerated. Bytes that belong to no answer are an error, and every wait has a deadline.
 */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** How long a server may take for anything it is waited for. */
const DEADLINE_MILLISECONDS = 5000;
const LARGEST_HEAD_BYTES = 65_536;
/** Answers are kept in memory; a longer one is an error, and not memory that runs out. */
const LARGEST_BODY_BYTES = 256 * 1024 * 1024;
const EXCERPT_BYTES = 300;

/** An answer broke the rules of HTTP, or did not come. */
export class ProtocolError extends Error {}

export interface Head {
  readonly status: number;
  readonly reason: string;
  readonly fields: ReadonlyArray<readonly [name: string, value: string]>;
  /** The value of a field that may come once, by its lower-case name. */
  field(name: string): string | undefined;
  /** 'none', 'chunked', 'close', or the number of bytes that follow. */
  readonly framing: 'none' | 'chunked' | 'close' | number;
}

export interface Response extends Head {
  readonly body: Buffer;
}

export interface Opening {
  /** Do not read until told: what the server sends fills the buffers of the two kernels. */
  readonly paused?: boolean;
}

export class RawConnection {
  static readonly #open = new Set<RawConnection>();
  readonly socket: Socket;
  /** The server has said that it sends no more, or has reset the connection. */
  ended = false;
  /** The error that ended it, such as ECONNRESET. */
  error: NodeJS.ErrnoException | undefined;
  #pieces: Buffer[] = [];
  #available = 0;
  #wake: () => void = () => {};

  private constructor(socket: Socket) {
    this.socket = socket;
    RawConnection.#open.add(this);
    socket.setNoDelay(true);
    socket.on('end', () => this.#end());
    socket.on('close', () => {
      RawConnection.#open.delete(this);
      this.#end();
    });
    socket.on('error', (error) => {
      this.error ??= error;
      this.#end();
    });
  }

  /** Connects to a port of 127.0.0.1, or to a path; rejects when the server refuses. */
  static async open(at: number | string, opening: Opening = {}): Promise<RawConnection> {
    const to = typeof at === 'number' ? { port: at, host: '127.0.0.1' } : { path: at };
    const socket = connect({ ...to, allowHalfOpen: true });
    const connection = new RawConnection(socket);
    await once(socket, 'connect');
    if (opening.paused === true) socket.pause();
    else connection.listen();
    return connection;
  }

  /** Closes what a case that failed has left open, so that the next ones are not blamed. */
  static closeAll(): void {
    for (const connection of RawConnection.#open) connection.close();
  }

  /** Begins, or goes on, to read. */
  listen(): void {
    if (this.socket.listenerCount('data') === 0) this.socket.on('data', (piece) => this.#received(piece));
    this.socket.resume();
  }

  pause(): void {
    this.socket.pause();
  }

  /** Reads a little every so many milliseconds, until the function it gives is called: from then on as fast as can be. */
  readSlowly(milliseconds: number): () => void {
    let slow = true;
    const timer = setInterval(() => {
      if (this.socket.destroyed) clearInterval(timer);
      this.listen();
      setImmediate(() => {
        if (slow) this.pause();
      });
    }, milliseconds);
    return () => {
      slow = false;
      clearInterval(timer);
      this.listen();
    };
  }

  /** Bytes received that no answer has taken yet. */
  get available(): number {
    return this.#available;
  }

  #received(piece: Buffer): void {
    this.#pieces.push(piece);
    this.#available += piece.length;
    this.#wake();
  }

  #end(): void {
    this.ended = true;
    this.#wake();
  }

  /** Sends; settles when the kernel has the bytes. A connection that the server has closed takes them silently. */
  async send(bytes: string | Buffer): Promise<void> {
    const buffer = typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes;
    await new Promise<void>((done) => {
      if (this.socket.destroyed || !this.socket.writable) done();
      else this.socket.write(buffer, () => done());
    });
  }

  /** Sends each piece as a segment of its own. */
  async sendPieces(pieces: Iterable<string>): Promise<void> {
    for (const piece of pieces) {
      await this.send(piece);
      // A turn of our loop between two pieces keeps the kernel from joining them most of the time.
      await new Promise((done) => setImmediate(done));
    }
  }

  /** No more will be sent (FIN); answers are still read. */
  finish(): void {
    this.socket.end();
  }

  reset(): void {
    this.socket.resetAndDestroy();
  }

  close(): void {
    this.socket.destroy();
  }

  /** Waits for a condition on what has been received. */
  async until(ready: () => boolean, what: string, milliseconds = DEADLINE_MILLISECONDS): Promise<void> {
    if (ready()) return;
    await new Promise<void>((done, failed) => {
      const timer = setTimeout(() => {
        this.#wake = () => {};
        failed(new ProtocolError(`No ${what} within ${milliseconds} ms; ${this.#state()}`));
      }, milliseconds);
      this.#wake = () => {
        if (!ready()) return;
        clearTimeout(timer);
        this.#wake = () => {};
        done();
      };
    });
  }

  #state(): string {
    const how = this.error?.code ?? (this.ended ? 'ended' : 'open');
    return `connection ${how}, unread: ${JSON.stringify(this.#joined().toString('latin1', 0, EXCERPT_BYTES))}`;
  }

  #joined(): Buffer {
    if (this.#pieces.length !== 1) this.#pieces = [Buffer.concat(this.#pieces)];
    return this.#pieces[0] as Buffer;
  }

  #take(length: number): Buffer {
    const joined = this.#joined();
    this.#pieces = [joined.subarray(length)];
    this.#available -= length;
    return joined.subarray(0, length);
  }

  /** Exactly so many bytes. */
  async readBytes(length: number, what = `${length} bytes`, milliseconds?: number): Promise<Buffer> {
    await this.until(() => this.#available >= length || this.ended, what, milliseconds);
    if (this.#available < length) throw new ProtocolError(`The connection ended before ${what}; ${this.#state()}`);
    return this.#take(length);
  }

  async #readLine(what: string): Promise<string> {
    const end = () => this.#joined().indexOf('\r\n');
    await this.until(() => end() >= 0 || this.ended, what);
    const length = end();
    if (length < 0) throw new ProtocolError(`The connection ended before ${what}; ${this.#state()}`);
    return this.#take(length + 2).toString('latin1', 0, length);
  }

  /** The next head, interim ones (1xx) included. `method` is the request's: it decides whether a body follows. */
  async readHead(method = 'GET', milliseconds?: number): Promise<Head> {
    const end = () => this.#joined().indexOf('\r\n\r\n');
    const over = () => end() >= 0 || this.ended || this.#available > LARGEST_HEAD_BYTES;
    await this.until(over, `answer to ${method}`, milliseconds);
    const length = end();
    if (length < 0) throw new ProtocolError(`No whole head in answer to ${method}; ${this.#state()}`);
    return parseHead(this.#take(length + 4).toString('latin1', 0, length), method);
  }

  /** The next answer, interim ones (1xx) included. */
  async readResponse(method = 'GET', milliseconds?: number): Promise<Response> {
    const head = await this.readHead(method, milliseconds);
    return Object.assign(head, { body: await this.#readBody(head.framing, milliseconds) });
  }

  async #readBody(framing: Head['framing'], milliseconds?: number): Promise<Buffer> {
    if (framing === 'none') return Buffer.alloc(0);
    if (framing === 'close') return this.readToEnd(milliseconds);
    if (framing !== 'chunked' && framing > LARGEST_BODY_BYTES) throw new ProtocolError(`A body of ${framing} bytes`);
    if (framing !== 'chunked') return this.readBytes(framing, `body of ${framing} bytes`, milliseconds);
    const chunks: Buffer[] = [];
    for (;;) {
      const line = await this.#readLine('chunk size');
      if (!/^[0-9a-f]{1,13}$/i.test(line)) throw new ProtocolError(`Bad chunk size ${JSON.stringify(line)}`);
      const size = Number.parseInt(line, 16);
      if (size === 0) break;
      chunks.push(await this.readBytes(size, 'chunk', milliseconds));
      if ((await this.#readLine('end of chunk')) !== '') throw new ProtocolError('A chunk is longer than its size');
    }
    while ((await this.#readLine('trailer')) !== '');
    return Buffer.concat(chunks);
  }

  /** All answers to these methods, in order; only the last may end the connection. */
  async readResponses(methods: Iterable<string>): Promise<Response[]> {
    const responses: Response[] = [];
    for (const method of methods) responses.push(await this.readResponse(method));
    return responses;
  }

  /** Everything until the server closes or resets. */
  async readToEnd(milliseconds?: number): Promise<Buffer> {
    await this.until(() => this.ended, 'end of the connection', milliseconds);
    return this.#take(this.#available);
  }

  /** The server closes, and has sent nothing that has not been read. */
  async expectEnd(milliseconds?: number): Promise<void> {
    const rest = await this.readToEnd(milliseconds);
    this.close();
    if (rest.length === 0) return;
    throw new ProtocolError(
      `Bytes that belong to no answer: ${JSON.stringify(rest.toString('latin1', 0, EXCERPT_BYTES))}`,
    );
  }
}

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const FIELD_VALUE = /^(?:[\x21-\x7e\x80-\xff](?:[\t \x21-\x7e\x80-\xff]*[\x21-\x7e\x80-\xff])?)?$/;

function parseHead(text: string, method: string): Head {
  const [statusLine = '', ...lines] = text.split('\r\n');
  const status = /^HTTP\/1\.1 ([1-5]\d\d) ([\t \x21-\x7e]*)$/.exec(statusLine);
  if (status === null) throw new ProtocolError(`Bad status line ${JSON.stringify(statusLine)}`);
  const fields = lines.map((line): [string, string] => {
    const colon = line.indexOf(':');
    const name = line.slice(0, colon);
    const value = line.slice(colon + 1).replace(/^[\t ]+|[\t ]+$/g, '');
    if (colon < 1 || !TOKEN.test(name) || !FIELD_VALUE.test(value)) {
      throw new ProtocolError(`Bad field line ${JSON.stringify(line)}`);
    }
    return [name.toLowerCase(), value];
  });
  const field = (name: string): string | undefined => {
    const values = fields.filter((candidate) => candidate[0] === name);
    if (values.length > 1) throw new ProtocolError(`${name} comes ${values.length} times`);
    return values[0]?.[1];
  };
  const head = { status: Number(status[1]), reason: status[2] as string, fields, field };
  return { ...head, framing: framingOf(head, method) };
}

/** RFC 9112 section 6.3. */
function framingOf({ status, field }: Pick<Head, 'status' | 'field'>, method: string): Head['framing'] {
  const length = field('content-length');
  const coding = field('transfer-encoding');
  if (length !== undefined && coding !== undefined)
    throw new ProtocolError('Both Content-Length and Transfer-Encoding');
  if (length !== undefined && !/^\d{1,15}$/.test(length)) throw new ProtocolError(`Bad Content-Length ${length}`);
  if (status < 200 || status === 204) {
    if (length ?? coding) throw new ProtocolError(`A ${status} must not say how long its body is`);
    return 'none';
  }
  if (method === 'HEAD' || status === 304) return 'none';
  if (coding !== undefined) {
    if (coding.toLowerCase() !== 'chunked') throw new ProtocolError(`Unknown Transfer-Encoding ${coding}`);
    return 'chunked';
  }
  return length === undefined ? 'close' : Number(length);
}

/** A request as bytes. `fields` are whole lines without their ends; Host is added unless `host` is null. */
export function request(
  target: string,
  fields: readonly string[] = [],
  { method = 'GET', version = 'HTTP/1.1', host = '127.0.0.1' as string | null, body = '' } = {},
): string {
  const lines = [`${method} ${target} ${version}`, ...(host === null ? [] : [`Host: ${host}`]), ...fields, '', ''];
  return lines.join('\r\n') + body;
}

/** Sends bytes on a connection of their own and reads the answers to these methods; then closes it. */
export async function exchange(port: number, bytes: string | Buffer, methods: readonly string[]): Promise<Response[]> {
  const connection = await RawConnection.open(port);
  try {
    // Not awaited: the server may answer, and have to be read, before it takes all of it.
    void connection.send(bytes);
    return await connection.readResponses(methods);
  } finally {
    connection.close();
  }
}

/** One request on a connection of its own. */
export async function fetchOnce(
  port: number,
  target: string,
  fields: readonly string[] = [],
  options: Parameters<typeof request>[2] = {},
): Promise<Response> {
  const [response] = await exchange(port, request(target, fields, options), [options.method ?? 'GET']);
  return response as Response;
}

/** Does it for every item, so many at a time, with the results in order. */
export async function inBatches<Item, Result>(
  items: readonly Item[],
  size: number,
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  for (let start = 0; start < items.length; start += size) {
    results.push(...(await Promise.all(items.slice(start, start + size).map(work))));
  }
  return results;
}
