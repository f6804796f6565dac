/**
 * Conditional requests: which response the preconditions of a request lead to, in the precedence of RFC 9110 13.2.2.
 *
 * Evaluate only for requests whose plain answer would be 2xx (13.2.1), and only for methods that select a representation.
 */
import { equalStrongly, equalWeakly, isEntityTag, parseEntityTags } from './entity-tag.js';
import { parseDate } from './http-date.js';
import {
  FIELD_IF_MATCH,
  FIELD_IF_MODIFIED_SINCE,
  FIELD_IF_NONE_MATCH,
  FIELD_IF_RANGE,
  FIELD_IF_UNMODIFIED_SINCE,
  FIELD_RANGE,
  METHOD_GET,
  METHOD_HEAD,
  type RequestHead,
} from './request-head.js';

/** Perform the method; Range, if there is one, holds. */
export const PROCEED = 0;
/** As PROCEED, but as if there were no Range. */
export const IGNORE_RANGE = 1;
export const NOT_MODIFIED = 304;
export const PRECONDITION_FAILED = 412;
export type Outcome = typeof PROCEED | typeof IGNORE_RANGE | typeof NOT_MODIFIED | typeof PRECONDITION_FAILED;

/** What is known of the current representation. */
export interface Validators {
  readonly entityTag: string;
  /** Whole seconds since the epoch. */
  readonly lastModified: number;
}

/** The field values of a request that are preconditions. */
export interface Preconditions {
  readonly ifMatch: string | undefined;
  readonly ifNoneMatch: string | undefined;
  readonly ifModifiedSince: string | undefined;
  readonly ifUnmodifiedSince: string | undefined;
  readonly ifRange: string | undefined;
  readonly range: string | undefined;
}

/** The preconditions of a request. Ask RequestHead.fields for CONDITIONAL_FIELDS first: this makes strings. */
export function preconditionsOf(head: RequestHead): Preconditions {
  return {
    ifMatch: head.fieldText(FIELD_IF_MATCH),
    ifNoneMatch: head.fieldText(FIELD_IF_NONE_MATCH),
    ifModifiedSince: head.fieldText(FIELD_IF_MODIFIED_SINCE),
    ifUnmodifiedSince: head.fieldText(FIELD_IF_UNMODIFIED_SINCE),
    ifRange: head.fieldText(FIELD_IF_RANGE),
    range: head.fieldText(FIELD_RANGE),
  };
}

/**
 * What a request with `method` (a METHOD_ constant) comes to. `current` is null where no representation exists.
 * `nowSeconds` is the time of the request. A list of entity tags that cannot be read matches nothing; a date that cannot
 * be read is as if it were not there (13.1.3, 13.1.4).
 */
export function evaluate(
  method: number,
  preconditions: Preconditions,
  current: Validators | null,
  nowSeconds: number,
): Outcome {
  const { ifMatch, ifNoneMatch, ifModifiedSince, ifUnmodifiedSince, ifRange, range } = preconditions;
  const safe = method === METHOD_GET || method === METHOD_HEAD;

  if (ifMatch !== undefined) {
    if (!matches(ifMatch, current, equalStrongly)) return PRECONDITION_FAILED;
  } else if (ifUnmodifiedSince !== undefined && current !== null) {
    const since = parseDate(ifUnmodifiedSince, nowSeconds);
    if (since !== undefined && current.lastModified > since) return PRECONDITION_FAILED;
  }

  if (ifNoneMatch !== undefined) {
    if (matches(ifNoneMatch, current, equalWeakly)) return safe ? NOT_MODIFIED : PRECONDITION_FAILED;
  } else if (safe && ifModifiedSince !== undefined && current !== null) {
    const since = parseDate(ifModifiedSince, nowSeconds);
    if (since !== undefined && current.lastModified <= since) return NOT_MODIFIED;
  }

  // Range is defined for GET only (14.2).
  if (range === undefined) return PROCEED;
  if (method !== METHOD_GET) return IGNORE_RANGE;
  if (ifRange === undefined) return PROCEED;
  return current !== null && rangeHolds(ifRange, current, nowSeconds) ? PROCEED : IGNORE_RANGE;
}

function matches(value: string, current: Validators | null, equal: (one: string, other: string) => boolean): boolean {
  if (current === null) return false;
  const tags = parseEntityTags(value);
  if (tags === undefined) return false;
  if (tags === '*') return true;
  return tags.some((tag) => equal(tag, current.entityTag));
}

/** If-Range (13.1.5): the same strong entity tag, or exactly the same date where a date is a strong validator. */
function rangeHolds(value: string, current: Validators, nowSeconds: number): boolean {
  if (isEntityTag(value)) return equalStrongly(value, current.entityTag);
  const date = parseDate(value, nowSeconds);
  // 8.8.2.2: what was modified within this second may be modified again within it.
  return date === current.lastModified && date < Math.floor(nowSeconds);
}
