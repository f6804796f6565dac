/**
 * One case over a real socket: its bytes are sent in its pieces, and every answer is read strictly and compared with what
 * was expected. A case has failed when there is one answer too many, one too few, a wrong one, or no end.
 */
import { connect, type Socket } from 'node:net';
import { AnswerError, AnswerReader } from './answer-reader.js';
import { says, wrongRefusal, wrongWith } from './check.js';
import { type Expected, expectedOf } from './expected.js';
import type { FuzzCase } from './models.js';
import type { FuzzSite } from './site.js';

/** A server under the load of the fuzz, on a machine with other work, still answers within this. */
const DEADLINE_MILLISECONDS = 30_000;

export interface Conditions {
  readonly port: number;
  readonly site: FuzzSite;
  /** Whether the server may end a connection between two requests, because others wait. */
  readonly mayYield: boolean;
  /** How many answers of each status were read: whether the fuzz reaches what it is meant to. */
  readonly seen: Map<number, number>;
}

/** What went wrong, in words; undefined where nothing did. */
export function runCase(aCase: FuzzCase, conditions: Conditions): Promise<string | undefined> {
  return new Promise((resolve) => new CaseConnection(aCase, conditions, resolve));
}

class CaseConnection {
  readonly #case: FuzzCase;
  readonly #conditions: Conditions;
  readonly #expected: Expected;
  readonly #reader = new AnswerReader();
  readonly #socket: Socket;
  readonly #timer: NodeJS.Timeout;
  readonly #done: (failure: string | undefined) => void;
  #answered = 0;
  #refused = false;
  #yielded = false;
  #allSent = false;
  #over = false;

  constructor(aCase: FuzzCase, conditions: Conditions, done: (failure: string | undefined) => void) {
    this.#case = aCase;
    this.#conditions = conditions;
    this.#expected = expectedOf(aCase.text);
    this.#done = done;
    this.#timer = setTimeout(() => this.#end(`no end within ${DEADLINE_MILLISECONDS} ms`), DEADLINE_MILLISECONDS);
    this.#socket = connect({ port: conditions.port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
    this.#socket.on('connect', () => this.#send());
    this.#socket.on('data', (bytes) => this.#received(bytes));
    this.#socket.on('end', () => this.#ended());
    this.#socket.on('error', (error: NodeJS.ErrnoException) => this.#failed(error));
    this.#socket.on('close', () => this.#ended());
  }

  /** The pieces, each in a turn of its own, so that the kernel does not join them most of the time. */
  #send(piece = 0): void {
    if (this.#over || !this.#socket.writable) return;
    const { text, cuts } = this.#case;
    const from = piece === 0 ? 0 : Math.min(cuts[piece - 1]!, text.length);
    const to = Math.min(cuts[piece] ?? text.length, text.length);
    this.#socket.write(text.slice(from, to), 'latin1');
    if (to < text.length) {
      setImmediate(() => this.#send(piece + 1));
      return;
    }
    this.#allSent = true;
    if (this.#case.ending === 'reset') {
      this.#socket.resetAndDestroy();
      this.#end(undefined);
    } else if (this.#case.ending === 'finish' || this.#expected.rest === 'incomplete') {
      this.#socket.end();
    } else {
      this.#finishWhenAnswered();
    }
  }

  #received(bytes: Buffer): void {
    if (this.#over) return;
    this.#reader.push(bytes);
    try {
      while (this.#reader.left > 0 && this.#readOne());
    } catch (error) {
      if (!(error instanceof AnswerError)) throw error;
      this.#end(`answer ${this.#answered}: ${error.message}`);
    }
    this.#finishWhenAnswered();
  }

  /** Whether there was a whole answer. */
  #readOne(): boolean {
    const { requests, rest } = this.#expected;
    const request = requests[this.#answered];
    if (this.#refused || this.#yielded || (request === undefined && rest !== 'refused' && rest !== 'incomplete')) {
      this.#end(`bytes that belong to no answer: ${this.#reader.excerpt()}`);
      return false;
    }
    const answer = this.#reader.next(request?.method ?? 'GET');
    if (answer === undefined) return false;
    const { seen } = this.#conditions;
    seen.set(answer.status, (seen.get(answer.status) ?? 0) + 1);
    let wrong: string | undefined;
    if (request === undefined) {
      this.#refused = true;
      wrong = wrongRefusal(answer);
    } else {
      this.#answered++;
      wrong = wrongWith(this.#conditions.site, request, answer);
      if (!request.last && says(answer, 'close')) {
        this.#yielded = true;
        if (!this.#conditions.mayYield) wrong ??= `answer ${this.#answered} closes for no reason`;
      }
    }
    if (wrong !== undefined) this.#end(wrong);
    return wrong === undefined;
  }

  /** A client that waits says that it is done when it has all its answers. */
  #finishWhenAnswered(): void {
    if (this.#over || !this.#allSent || this.#case.ending !== 'wait' || this.#expected.rest !== 'nothing') return;
    if (this.#answered === this.#expected.requests.length) this.#socket.end();
  }

  /** The server resets: allowed only when it has said all that it had to. */
  #failed(error: NodeJS.ErrnoException): void {
    if (error.code !== 'ECONNRESET' && error.code !== 'EPIPE') this.#end(`${error.code} on the connection`);
    else this.#ended();
  }

  #ended(): void {
    if (this.#over) return;
    const { requests, rest } = this.#expected;
    if (this.#reader.left > 0) this.#end(`the connection ends within an answer: ${this.#reader.excerpt()}`);
    else if (this.#yielded) this.#end(undefined);
    else if (this.#answered < requests.length) this.#end(`${this.#answered} of ${requests.length} requests answered`);
    else if (rest === 'refused' && !this.#refused) this.#end('what must be refused was closed without a word');
    else this.#end(undefined);
  }

  #end(failure: string | undefined): void {
    if (this.#over) return;
    this.#over = true;
    clearTimeout(this.#timer);
    // Our own end is said first, so that the server need not wait for it; then nothing more is read.
    this.#socket.destroy();
    this.#done(failure);
  }
}
