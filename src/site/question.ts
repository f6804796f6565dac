/** What must be known of a request when its head is gone: the disk had to be asked first, and answers later. */
import { type Preconditions, preconditionsOf } from '../http/conditional.js';
import { CONDITIONAL_FIELDS, FIELD_ACCEPT, METHOD_HEAD, type RequestHead } from '../http/request-head.js';
import type { Waiter } from './answer.js';
import type { Entry } from './entry.js';
import type { Variant } from './head-writer.js';
import { LIST, type Step } from './route.js';

const NO_STEPS: readonly Step[] = [];

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
  /** What is tried, and which of it now. */
  steps: readonly Step[] = NO_STEPS;
  at = 0;
  /** What was tried has turned out to be a directory. */
  directory = false;
  /** The error whose page it is that is asked for now; 0: none. */
  failed = 0;
  /** The entry that is the answer. */
  found: Entry | null = null;
  /** The site's stamp when it was asked. */
  readonly stamp: number;
  /** The path as it was sent, where the request has gone before it is known where it leads. */
  path: Uint8Array | null = null;
  /** Accept, where it may make a difference. */
  accept: string | undefined;

  constructor(request: RequestHead, waiter: Waiter, stamp: number, variant: Variant, preference: number) {
    this.waiter = waiter;
    this.stamp = stamp;
    this.method = request.method;
    this.variant = variant;
    this.preference = preference;
    this.preconditions = (request.fields & CONDITIONAL_FIELDS) === 0 ? null : preconditionsOf(request);
    this.query = request.queryStart < 0 ? undefined : request.text(request.queryStart, request.queryEnd);
  }

  /** Tries `steps`. */
  take(steps: readonly Step[], request: RequestHead): void {
    this.steps = steps;
    if (steps.some(({ kind }) => kind === LIST)) this.accept = request.fieldText(FIELD_ACCEPT);
  }

  get headOnly(): boolean {
    return this.method === METHOD_HEAD;
  }
}
