/** When the parts of one request began and ended, in milliseconds of performance.now(): of a request that is sampled. */
import type { Histogram } from '../metrics/histogram.js';

/** Where each part is counted. */
export interface LatencyHistograms {
  readonly total: Histogram;
  readonly queue: Histogram;
  readonly parse: Histogram;
  readonly handle: Histogram;
  readonly disk: Histogram;
  readonly send: Histogram;
}

export class RequestTiming {
  /** The next one that is free. */
  next: RequestTiming | null = null;
  /** The wait that brought it has ended. */
  received = 0;
  began = 0;
  parsed = 0;
  answered = 0;
  /** Its answer, or the first part of it, has been handed over to be sent. */
  sending = 0;
  /** The wait for the disk has begun, for the answer or for a window of a file; 0: it is none. */
  asked = 0;
  /** What the disk took while everything waited for it, until there was an answer, and for windows. */
  blocked = 0;
  waited = 0;
  windows = 0;

  begin(received: number): void {
    this.received = received;
    this.began = performance.now();
    this.parsed = 0;
    this.answered = 0;
    this.sending = 0;
    this.asked = 0;
    this.blocked = 0;
    this.waited = 0;
    this.windows = 0;
  }

  /** All of it has gone out. */
  count(histograms: LatencyHistograms): void {
    const ended = performance.now();
    const { windows } = this;
    const disk = this.blocked + this.waited;
    histograms.total.recordMilliseconds(ended - this.received);
    histograms.queue.recordMilliseconds(this.began - this.received);
    histograms.parse.recordMilliseconds(this.parsed - this.began);
    histograms.handle.recordMilliseconds(this.answered - this.parsed - disk);
    histograms.disk.recordMilliseconds(disk + windows);
    histograms.send.recordMilliseconds(ended - this.sending - windows);
  }
}
