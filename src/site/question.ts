/** What must be known of a request when its head is gone: the disk had to be asked first, and answers later. */
import { type Preconditions, preconditionsOf } from '../http/conditional.js';
import { CONDITIONAL_FIELDS, METHOD_HEAD, type RequestHead } from '../http/request-head.js';
import type { Waiter } from './answer.js';
import type { Variant } from './head-writer.js';

export class Question {
  readonly waiter: Waiter;
  readonly method: number;
  readonly variant: Variant;
  /** The content codings that are accepted: see http/accept-encoding.ts. */
  readonly preference: number;
  readonly preconditions: Preconditions | null;
  /** Of the request target, as it was sent; undefined when there is none. */
  readonly query: string | undefined;
  /** What it waits for had been looked at before something changed: it must be asked once more. */
  late = false;
  /** How many of the accepted codings are not to be had for this file. */
  tried = 0;
  /** The disk has been asked for the next one; and it has waited for a compression. */
  looked = false;
  compressed = false;

  constructor(request: RequestHead, waiter: Waiter, variant: Variant, preference: number) {
    this.waiter = waiter;
    this.method = request.method;
    this.variant = variant;
    this.preference = preference;
    this.preconditions = (request.fields & CONDITIONAL_FIELDS) === 0 ? null : preconditionsOf(request);
    this.query = request.queryStart < 0 ? undefined : request.text(request.queryStart, request.queryEnd);
  }

  get headOnly(): boolean {
    return this.method === METHOD_HEAD;
  }
}
