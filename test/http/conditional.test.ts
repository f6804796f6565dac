/** Preconditions, RFC 9110 13. */
import { describe, expect, it } from 'vitest';
import {
  evaluate,
  IGNORE_RANGE,
  NOT_MODIFIED,
  type Outcome,
  PRECONDITION_FAILED,
  PROCEED,
  preconditionsOf,
  type Validators,
} from '../../src/http/conditional.js';
import { formatDate } from '../../src/http/http-date.js';
import { METHOD_GET, METHOD_HEAD, METHOD_PUT } from '../../src/http/request-head.js';
import { feed, latin1 } from './feeding.js';

const MODIFIED = 1_700_000_000;
const NOW = MODIFIED + 1000;
const current: Validators = { entityTag: '"a"', lastModified: MODIFIED };
const SAME = formatDate(MODIFIED);
const EARLIER = formatDate(MODIFIED - 1);
const LATER = formatDate(MODIFIED + 1);

/** What a request with these field lines comes to. */
function outcome(lines: string, method = METHOD_GET, validators: Validators | null = current, now = NOW): Outcome {
  const text = `GET / HTTP/1.1\r\nHost: h\r\n${lines
    .split('\n')
    .map((line) => (line === '' ? '' : `${line}\r\n`))
    .join('')}\r\n`;
  const { result, head } = feed(latin1(text), 0, [text.length]);
  expect(result).toBe(text.length);
  return evaluate(method, preconditionsOf(head), validators, now);
}

describe('one precondition', () => {
  it.each<[string, string, Outcome]>([
    ['none', '', PROCEED],
    ['If-Match, the same tag (13.1.1)', 'If-Match: "a"', PROCEED],
    ['If-Match, one of several', 'If-Match: "x", "a"', PROCEED],
    ['If-Match, in a second line', 'If-Match: "x"\nIf-Match: "a"', PROCEED],
    ['If-Match, another tag', 'If-Match: "x"', PRECONDITION_FAILED],
    ['If-Match compares strongly', 'If-Match: W/"a"', PRECONDITION_FAILED],
    ['If-Match: *', 'If-Match: *', PROCEED],
    ['If-Match that cannot be read', 'If-Match: a', PRECONDITION_FAILED],
    ['If-None-Match, the same tag (13.1.2)', 'If-None-Match: "a"', NOT_MODIFIED],
    ['If-None-Match compares weakly', 'If-None-Match: W/"a"', NOT_MODIFIED],
    ['If-None-Match, another tag', 'If-None-Match: "x"', PROCEED],
    ['If-None-Match: *', 'If-None-Match: *', NOT_MODIFIED],
    ['If-None-Match that cannot be read', 'If-None-Match: a', PROCEED],
    ['If-Modified-Since, the same date (13.1.3)', `If-Modified-Since: ${SAME}`, NOT_MODIFIED],
    ['If-Modified-Since, a later date', `If-Modified-Since: ${LATER}`, NOT_MODIFIED],
    ['If-Modified-Since, an earlier date', `If-Modified-Since: ${EARLIER}`, PROCEED],
    ['If-Modified-Since that cannot be read', 'If-Modified-Since: yesterday', PROCEED],
    ['If-Modified-Since twice', `If-Modified-Since: ${SAME}\nIf-Modified-Since: ${SAME}`, PROCEED],
    ['If-Unmodified-Since, the same date (13.1.4)', `If-Unmodified-Since: ${SAME}`, PROCEED],
    ['If-Unmodified-Since, an earlier date', `If-Unmodified-Since: ${EARLIER}`, PRECONDITION_FAILED],
    ['If-Unmodified-Since that cannot be read', 'If-Unmodified-Since: x', PROCEED],
    ['Range alone', 'Range: bytes=0-1', PROCEED],
    ['If-Range without Range (13.1.5)', 'If-Range: "x"', PROCEED],
    ['If-Range, the same tag', 'Range: bytes=0-1\nIf-Range: "a"', PROCEED],
    ['If-Range, another tag', 'Range: bytes=0-1\nIf-Range: "x"', IGNORE_RANGE],
    ['If-Range compares strongly', 'Range: bytes=0-1\nIf-Range: W/"a"', IGNORE_RANGE],
    ['If-Range, the same date', `Range: bytes=0-1\nIf-Range: ${SAME}`, PROCEED],
    ['If-Range, a later date', `Range: bytes=0-1\nIf-Range: ${LATER}`, IGNORE_RANGE],
    ['If-Range, an earlier date', `Range: bytes=0-1\nIf-Range: ${EARLIER}`, IGNORE_RANGE],
    ['If-Range that cannot be read', 'Range: bytes=0-1\nIf-Range: x', IGNORE_RANGE],
  ])('%s', (_what, lines, expected) => {
    expect(outcome(lines)).toBe(expected);
  });

  it('is evaluated against the epoch as against any date', () => {
    const epoch = { entityTag: '"a"', lastModified: 0 };
    expect(outcome(`If-Modified-Since: ${formatDate(0)}`, METHOD_GET, epoch)).toBe(NOT_MODIFIED);
    expect(outcome(`Range: bytes=0-1\nIf-Range: ${formatDate(0)}`, METHOD_GET, epoch)).toBe(PROCEED);
  });

  it('of a date in If-Range is false while the file may change within the same second (8.8.2.2)', () => {
    expect(outcome(`Range: bytes=0-1\nIf-Range: ${SAME}`, METHOD_GET, current, MODIFIED)).toBe(IGNORE_RANGE);
    expect(outcome(`Range: bytes=0-1\nIf-Range: ${SAME}`, METHOD_GET, current, MODIFIED + 1)).toBe(PROCEED);
  });
});

describe('methods', () => {
  it('other than GET and HEAD get 412 where these get 304 (13.1.2)', () => {
    expect(outcome('If-None-Match: "a"', METHOD_HEAD)).toBe(NOT_MODIFIED);
    expect(outcome('If-None-Match: "a"', METHOD_PUT)).toBe(PRECONDITION_FAILED);
    expect(outcome(`If-Modified-Since: ${SAME}`, METHOD_PUT)).toBe(PROCEED);
    expect(outcome(`If-Modified-Since: ${SAME}`, METHOD_HEAD)).toBe(NOT_MODIFIED);
  });
  it('other than GET have no Range (14.2)', () => {
    expect(outcome('Range: bytes=0-1', METHOD_HEAD)).toBe(IGNORE_RANGE);
  });
});

describe('precedence, RFC 9110 13.2.2', () => {
  it.each<[string, string, Outcome]>([
    ['If-Match true: If-Unmodified-Since is not asked', `If-Match: "a"\nIf-Unmodified-Since: ${EARLIER}`, PROCEED],
    ['If-Match false comes before If-None-Match', 'If-Match: "x"\nIf-None-Match: "a"', PRECONDITION_FAILED],
    ['If-Match true, then If-None-Match', 'If-Match: "a"\nIf-None-Match: "a"', NOT_MODIFIED],
    [
      'If-Unmodified-Since false comes before If-None-Match',
      `If-Unmodified-Since: ${EARLIER}\nIf-None-Match: "a"`,
      PRECONDITION_FAILED,
    ],
    ['If-None-Match true: If-Modified-Since is not asked', `If-None-Match: "x"\nIf-Modified-Since: ${SAME}`, PROCEED],
    ['If-None-Match false comes before If-Range', 'If-None-Match: "a"\nRange: bytes=0-1\nIf-Range: "x"', NOT_MODIFIED],
    ['If-Modified-Since false comes before Range', `If-Modified-Since: ${SAME}\nRange: bytes=0-1`, NOT_MODIFIED],
    ['all true, then If-Range', 'If-Match: "a"\nIf-None-Match: "x"\nRange: bytes=0-1\nIf-Range: "x"', IGNORE_RANGE],
  ])('%s', (_what, lines, expected) => {
    expect(outcome(lines)).toBe(expected);
  });
});

describe('without a representation', () => {
  it.each<[string, Outcome]>([
    ['If-Match: *', PRECONDITION_FAILED],
    ['If-Match: "a"', PRECONDITION_FAILED],
    ['If-None-Match: *', PROCEED],
    [`If-Modified-Since: ${SAME}`, PROCEED],
    ['Range: bytes=0-1\nIf-Range: "a"', IGNORE_RANGE],
  ])('%s', (lines, expected) => {
    expect(outcome(lines, METHOD_GET, null)).toBe(expected);
  });
});
