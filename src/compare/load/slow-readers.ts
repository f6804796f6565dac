/**
 * Clients that ask and then read slowly, as over a bad connection, or are at the end of one. They stand beside the dispatcher,
 * which would read for them whatever has come: each takes its share with recv(2) several times a second, and what it has not
 * taken stays in the kernel, of which it lets only little be there.
 */
import { EAGAIN, EINTR } from '../../linux/errno.js';
import { internetAddress } from '../../linux/socket-address.js';
import { close, MSG_NOSIGNAL, recv, send } from '../../linux/sockets.js';
import type { LoadService } from './load-connection.js';
import type { Order } from './order.js';
import type { SlowReading } from './plan.js';
import { ResponseReader } from './response-reader.js';
import type { LoadResult } from './result.js';

const TICK_MILLISECONDS = 50;
/** What is read at once at most. */
const READ_BYTES = 65_536;
/** What one may make up for, of the time in which nothing was there to read. */
const BUDGET_SECONDS = 0.25;
/** What the kernel shall hold for one: a quarter of a second's, within bounds; one that reads faster is left to the kernel. */
const LEAST_HELD_BYTES = 4096;
const MOST_HELD_BYTES = 262_144;
const AGAIN_MILLISECONDS = 100;
/** More than there are, for those that read whatever has come. */
const ALL_BYTES_PER_SECOND = 1e12;

type Shared = Pick<LoadService, 'arena' | 'requests' | 'check' | 'connector' | 'tally' | 'keepAlive'>;

/** One of them. */
class SlowReader {
  readonly reader = new ResponseReader();
  /** Where it connects from; undefined: the kernel chooses. */
  readonly from: Uint8Array | undefined;
  socket = -1;
  target = 0;
  /** Bytes of the request that have gone out; -1 when there is none under way. */
  gone = -1;
  /** Whether all of it has. */
  asked = false;
  /** Bytes that it may read. */
  budget = 0;
  /** When it may connect again. */
  again = 0;
  hash: ReturnType<Shared['check']['begin']>;

  constructor(from: string | undefined) {
    this.from = from === undefined ? undefined : internetAddress(from, 0);
  }
}

export class SlowReaders {
  sent = 0;
  answered = 0;
  bytes = 0;
  readonly #shared: Shared;
  readonly #order: Order;
  readonly #bytesPerSecond: number;
  readonly #readers: readonly SlowReader[];
  readonly #scratch: number;
  readonly #timer: NodeJS.Timeout;
  #last = performance.now();

  constructor(reading: SlowReading, shared: Shared, order: Order) {
    const { count, bytesPerSecond = ALL_BYTES_PER_SECOND, localAddresses } = reading;
    this.#shared = shared;
    this.#order = order;
    this.#bytesPerSecond = bytesPerSecond;
    this.#readers = Array.from({ length: count }, (_, index) => new SlowReader(localAddresses?.[index]));
    this.#scratch = shared.arena.reserve(READ_BYTES);
    this.#timer = setInterval(() => this.#tick(), TICK_MILLISECONDS);
    this.#tick();
  }

  /** Ends all of them: gives how many requests are unanswered. */
  end(): number {
    clearInterval(this.#timer);
    let unanswered = 0;
    for (const reader of this.#readers) {
      if (reader.asked) unanswered++;
      this.#close(reader);
    }
    return unanswered;
  }

  get result(): NonNullable<LoadResult['slowReaders']> {
    return { sent: this.sent, answered: this.answered, bytes: this.bytes };
  }

  #tick(): void {
    const now = performance.now();
    const more = ((now - this.#last) / 1000) * this.#bytesPerSecond;
    const most = Math.max(READ_BYTES, this.#bytesPerSecond * BUDGET_SECONDS);
    this.#last = now;
    for (const reader of this.#readers) {
      reader.budget = Math.min(reader.budget + more, most);
      if (reader.socket < 0 && now >= reader.again) this.#open(reader, now);
      if (reader.socket >= 0 && !reader.asked) this.#ask(reader, now);
      while (reader.socket >= 0 && reader.budget >= 1 && this.#read(reader, now));
      // Who has the whole answer does not wait for the next tick.
      if (reader.socket >= 0 && !reader.asked) this.#ask(reader, now);
    }
  }

  #open(reader: SlowReader, now: number): void {
    const held = Math.max(LEAST_HELD_BYTES, Math.floor(this.#bytesPerSecond / 4));
    const socket = this.#shared.connector.open(held > MOST_HELD_BYTES ? undefined : held, reader.from);
    if (socket < 0) {
      this.#shared.tally.errors.connectFailed++;
      reader.again = now + AGAIN_MILLISECONDS;
      return;
    }
    reader.socket = socket;
    reader.reader.reset();
    reader.gone = -1;
  }

  #ask(reader: SlowReader, now: number): void {
    const { arena, requests, tally } = this.#shared;
    if (reader.gone < 0) {
      reader.target = this.#order.next();
      reader.gone = 0;
    }
    const length = requests.lengths[reader.target] as number;
    const at = arena.base + (requests.offsets[reader.target] as number) + reader.gone;
    const result = send(reader.socket, at, length - reader.gone, MSG_NOSIGNAL);
    if (result === -EAGAIN || result === -EINTR) return;
    if (result < 0) {
      tally.errors.connectFailed++;
      reader.again = now + AGAIN_MILLISECONDS;
      this.#close(reader);
      return;
    }
    reader.gone += result;
    if (reader.gone < length) return;
    reader.asked = true;
    this.sent++;
  }

  /** Reads once; whether there may be more. */
  #read(reader: SlowReader, now: number): boolean {
    const { arena } = this.#shared;
    const wanted = Math.min(READ_BYTES, Math.floor(reader.budget));
    const result = recv(reader.socket, arena.base + this.#scratch, wanted, 0);
    if (result === -EAGAIN || result === -EINTR) return false;
    if (result <= 0) {
      if (result === 0 && reader.asked && reader.reader.end()) this.#answered(reader);
      this.#lose(reader, 'reset', now);
      return false;
    }
    reader.budget -= result;
    this.bytes += result;
    this.#feed(reader, this.#scratch + result, now);
    return result === wanted;
  }

  #feed(reader: SlowReader, end: number, now: number): void {
    const { arena, requests, check, tally } = this.#shared;
    const responses = reader.reader;
    let at = this.#scratch;
    while (at < end) {
      if (!reader.asked) {
        tally.errors.unsolicited++;
        this.#lose(reader, 'reset', now);
        return;
      }
      if (responses.atStart) reader.hash = check.begin(reader.target);
      at += responses.read(arena.bytes, at, end, requests.headOnly[reader.target] === 1);
      reader.hash?.update(arena.bytes.subarray(responses.bodyStart, responses.bodyEnd));
      if (responses.malformed) {
        this.#lose(reader, 'malformed', now);
        return;
      }
      if (responses.done) this.#answered(reader);
    }
  }

  #answered(reader: SlowReader): void {
    const { check, keepAlive } = this.#shared;
    const { head, bodyBytes } = reader.reader;
    this.answered++;
    check.end(reader.target, head, bodyBytes, reader.hash);
    reader.hash = undefined;
    reader.asked = false;
    reader.gone = -1;
    if (!head.persistent || !keepAlive) this.#close(reader);
  }

  #lose(reader: SlowReader, kind: 'reset' | 'malformed', now: number): void {
    if (reader.asked) this.#shared.tally.errors[kind]++;
    reader.again = now + AGAIN_MILLISECONDS;
    this.#close(reader);
  }

  #close(reader: SlowReader): void {
    if (reader.socket >= 0) close(reader.socket);
    reader.socket = -1;
    reader.asked = false;
    reader.gone = -1;
    reader.hash = undefined;
  }
}
