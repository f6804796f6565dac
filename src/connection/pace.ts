/**
 * How fast the bytes of a connection move: those of a request's body, or of a file that is the body of an answer. A peer that
 * keeps to the least rate, on average and after a grace, is never too slow, in whatever pieces the bytes move.
 */
import type { Service } from './service.js';

/** For so long nobody is too slow: Kestrel's grace period. And so often a body that is being received is looked at. */
const RATE_GRACE_MILLISECONDS = 5_000;

export class Pace {
  readonly #service: Service;
  readonly #socket: number;
  /** By the dispatcher's clock: when the body or the file began, less what the disk took. */
  #began = 0;
  /** Bytes of the body that have come, or of the file that the peer had taken when the deadline last passed. */
  #moved = 0;
  /** When the last of the body came, and since when nobody takes it. */
  #last = 0;
  #heldSince = 0;

  constructor(service: Service, socket: number) {
    this.#service = service;
    this.#socket = socket;
  }

  // --- A body that comes ---

  beginBody(): void {
    this.#began = this.#service.dispatcher.clock;
    this.#last = this.#began;
    this.#moved = 0;
  }

  received(bytes: number): void {
    this.#moved += bytes;
    this.#last = this.#service.dispatcher.clock;
  }

  /** Nobody takes it: the peer is not to blame. @param limited: what happens next has no deadline of its own. */
  holdBody(limited: boolean): void {
    const { dispatcher } = this.#service;
    this.#heldSince = dispatcher.clock;
    if (limited) dispatcher.deadline(this.#socket, 0);
  }

  /** Somebody does again. */
  resumeBody(limited: boolean): void {
    this.#last = this.#service.dispatcher.clock;
    this.#began += this.#last - this.#heldSince;
    if (limited) this.limitBody();
  }

  /** For so many milliseconds nothing more of the body need come; it is looked at in between. */
  limitBody(left = this.#service.limits.bodyTimeout): void {
    const { dispatcher, limits } = this.#service;
    const looks = limits.bodyRate > 0 && left > RATE_GRACE_MILLISECONDS;
    dispatcher.deadline(this.#socket, looks ? RATE_GRACE_MILLISECONDS : left);
  }

  /** Something of the body has come lately, and it has not come too slowly so far. */
  bodyComes(): boolean {
    const { dispatcher, limits } = this.#service;
    const left = Math.ceil(limits.bodyTimeout - (dispatcher.clock - this.#last));
    if (left <= 0 || this.#tooSlow(this.#moved, limits.bodyRate)) return false;
    this.limitBody(left);
    return true;
  }

  // --- A file that goes ---

  beginFile(): void {
    this.#began = this.#service.dispatcher.clock;
    // What the peer has yet to take of earlier answers is not known: it counts from the first look on.
    this.#moved = Number.NEGATIVE_INFINITY;
  }

  /** The disk took so many milliseconds: the peer is not to blame. */
  waited(milliseconds: number): void {
    this.#began += milliseconds;
  }

  /** A slow peer has taken something of the file since it was last asked about, and not too little in all: it gets its time again. */
  peerTakes(fileSent: number): boolean {
    const { dispatcher, limits } = this.#service;
    // What waits in the kernel has been sent, but the peer has not taken it: with much room there it would seem to stand still.
    const taken = fileSent + dispatcher.progress(this.#socket) - dispatcher.queued(this.#socket);
    if (taken <= this.#moved || this.#tooSlow(taken, limits.sendRate)) return false;
    this.#moved = taken;
    dispatcher.deadline(this.#socket, limits.writeTimeout);
    return true;
  }

  /** So many bytes of the file have gone out, and that is too few. */
  tooSlowToSend(bytes: number): boolean {
    return this.#tooSlow(bytes, this.#service.limits.sendRate);
  }

  #tooSlow(bytes: number, rate: number): boolean {
    const elapsed = this.#service.dispatcher.clock - this.#began - RATE_GRACE_MILLISECONDS;
    return bytes * 1000 < rate * elapsed;
  }
}
