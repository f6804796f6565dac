/**
 * What is counted of one connection and of the request that it is at.
 *
 * What it keeps true: a request that is not timed reads no clock, and costs a few additions; whatever becomes of a request
 * that has begun, it is in progress no more when its answer has gone out or its connection has closed.
 */
import { METHOD_PATCH } from '../http/request-head.js';
import {
  BYTES_IN,
  BYTES_OUT,
  FIRST_CLASS,
  IN_PROGRESS,
  IN_PROGRESS_MOST,
  INTERIM,
  OPEN,
  TIMED_OUT,
} from '../metrics/counts.js';
import { OTHER_METHOD, requestClass } from '../metrics/request-classes.js';
import type { Metering } from './metering.js';
import type { RequestTiming } from './request-timing.js';

/** No request is in progress. */
const NONE = -1;

export class RequestMeter {
  readonly #metering: Metering;
  /** Of the request in progress: its method's place in METHODS. */
  #method = NONE;
  #timing: RequestTiming | null = null;
  #timedOut = false;

  constructor(metering: Metering) {
    this.#metering = metering;
    metering.counts[OPEN]! += 1;
  }

  received(bytes: number): void {
    this.#metering.counts[BYTES_IN]! += bytes;
  }

  // --- A request ---

  /** Bytes are about to be read as a head: `receipt` tells when the wait has ended that brought them. */
  begins(receipt: { readonly clock: number }): void {
    const metering = this.#metering;
    if (--metering.left > 0) return;
    this.#timing = metering.take();
    this.#timing.begin(receipt.clock);
  }

  /** They are not all of it. */
  falters(): void {
    this.#metering.left++;
    this.#drop();
  }

  /** The head is understood. `method`: as in http/request-head.ts. */
  parsed(method: number): void {
    this.#progress(method <= METHOD_PATCH ? method - 1 : OTHER_METHOD);
    if (this.#timing !== null) this.#timing.parsed = performance.now();
  }

  #progress(method: number): void {
    this.#method = method;
    const { counts } = this.#metering;
    const inProgress = counts[IN_PROGRESS]! + 1;
    counts[IN_PROGRESS] = inProgress;
    if (inProgress > counts[IN_PROGRESS_MOST]!) counts[IN_PROGRESS_MOST] = inProgress;
  }

  /** It is answered with an error, perhaps before it was understood. */
  refused(): void {
    this.#drop();
    if (this.#method === NONE) this.#progress(OTHER_METHOD);
  }

  /** The site is about to be asked. */
  asks(): void {
    if (this.#timing !== null) this.#metering.disk.start();
  }

  /** The site has been asked. */
  asked(): void {
    if (this.#timing !== null) this.#timing.blocked = this.#metering.disk.stop();
  }

  /** The site waits for the disk, or no longer. */
  waitsForDisk(waits: boolean): void {
    const timing = this.#timing;
    if (timing === null) return;
    const now = performance.now();
    if (!waits && timing.asked > 0) timing.waited += now - timing.asked;
    timing.asked = waits ? now : 0;
  }

  answered(): void {
    const timing = this.#timing;
    if (timing !== null && timing.answered === 0) timing.answered = performance.now();
  }

  // --- Its answer ---

  /** It, or a part of it, is handed over to be sent. */
  sends(): void {
    const timing = this.#timing;
    if (timing !== null && timing.sending === 0) timing.sending = performance.now();
  }

  /** A window of a file is asked for. */
  asksForWindow(): void {
    if (this.#timing !== null) this.#timing.asked = performance.now();
  }

  /** The window is in memory. */
  windowCame(): void {
    const timing = this.#timing;
    if (timing !== null) timing.windows += performance.now() - timing.asked;
  }

  /** Bytes have gone out. */
  sent(bytes: number): void {
    this.#metering.counts[BYTES_OUT]! += bytes;
  }

  interim(bytes: number): void {
    const { counts } = this.#metering;
    counts[INTERIM]! += 1;
    counts[BYTES_OUT]! += bytes;
  }

  /** All of the answer has gone out. */
  ended(status: number): void {
    const { counts } = this.#metering;
    counts[FIRST_CLASS + requestClass(this.#method, status)]! += 1;
    counts[IN_PROGRESS]! -= 1;
    this.#method = NONE;
    const timing = this.#timing;
    if (timing === null) return;
    timing.count(this.#metering.latency);
    this.#drop();
    this.#metering.sampled();
  }

  // --- The connection ---

  /** Its time is over; it may have to be told so again before it has closed. */
  timedOut(): void {
    if (this.#timedOut) return;
    this.#timedOut = true;
    this.#metering.counts[TIMED_OUT]! += 1;
  }

  closed(): void {
    const { counts } = this.#metering;
    counts[OPEN]! -= 1;
    this.#drop();
    if (this.#method === NONE) return;
    this.#method = NONE;
    counts[IN_PROGRESS]! -= 1;
  }

  #drop(): void {
    if (this.#timing === null) return;
    this.#metering.giveBack(this.#timing);
    this.#timing = null;
  }
}
