/** What must be known of a request when its head is gone: the disk had to be asked first, and answers later. */
import { type Preconditions, preconditionsOf } from '../http/conditional.js';
import { CONDITIONAL_FIELDS, METHOD_HEAD, type RequestHead } from '../http/request-head.js';
import type { Waiter } from './answer.js';
import { type Variant, variantOf } from './head-writer.js';

export class Question {
  readonly waiter: Waiter;
  readonly method: number;
  readonly variant: Variant;
  readonly preconditions: Preconditions | null;
  /** Of the request target, as it was sent; undefined when there is none. */
  readonly query: string | undefined;
  /** What it waits for had been looked at before something changed: it must be asked once more. */
  late = false;

  constructor(request: RequestHead, waiter: Waiter) {
    this.waiter = waiter;
    this.method = request.method;
    this.variant = variantOf(request.minorVersion, request.persistent);
    this.preconditions = (request.fields & CONDITIONAL_FIELDS) === 0 ? null : preconditionsOf(request);
    this.query = request.queryStart < 0 ? undefined : request.text(request.queryStart, request.queryEnd);
  }

  get headOnly(): boolean {
    return this.method === METHOD_HEAD;
  }
}
