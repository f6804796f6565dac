/** Requests of an access log: which ones, and when. */
import { describe, expect, it } from 'vitest';
import { completePlan } from '../../src/compare/load/complete-plan.js';
import { atSpeed, readAccessLog, requestsIn } from '../../src/compare/measurement/access-log.js';

const COMMON = `127.0.0.1 - - [10/Oct/2000:13:55:36 -0700] "GET /a.html HTTP/1.1" 200 2326
127.0.0.1 - frank [10/Oct/2000:13:55:38 -0700] "GET /b.css HTTP/1.0" 304 -
::1 - - [10/Oct/2000:22:55:37 +0200] "HEAD /a.html HTTP/1.1" 200 0
`;
const COMBINED = `10.0.0.1 - - [01/Jan/2026:00:00:00 +0000] "GET /gone?x=1 HTTP/1.1" 404 9 "http://from/" "Agent [x] \\"y\\""
10.0.0.1 - - [01/Jan/2026:00:00:00 +0000] "POST /form HTTP/1.1" 200 9 "-" "-"
10.0.0.1 - - [01/Jan/2026:00:00:00 +0000] "\\x16\\x03" 400 9 "-" "-"
`;

describe('a log', () => {
  it('in the common format gives each request when it came, in the order of time', () => {
    const { targets, requests, skipped } = requestsIn(COMMON);
    expect(targets).toEqual([
      { path: '/a.html', method: 'GET' },
      { path: '/b.css', method: 'GET' },
      { path: '/a.html', method: 'HEAD' },
    ]);
    expect(requests).toEqual([
      [0, 0],
      [1000, 2],
      [2000, 1],
    ]);
    expect(skipped).toBe(0);
  });

  it('in the combined format too; what was missing is expected to be missing, and what cannot be made again is left out', () => {
    expect(requestsIn(COMBINED)).toEqual({
      targets: [{ path: '/gone?x=1', method: 'GET', status: 404 }],
      requests: [[0, 0]],
      skipped: 2,
    });
  });

  it('of a server that writes down what is no ASCII has lines that cannot be asked for: they are left out', () => {
    const odd = COMMON.replaceAll('/a.html', '/caf\u00e9.html');
    const { targets, skipped } = requestsIn(odd);
    expect([targets.map(({ path }) => path), skipped]).toEqual([['/b.css'], 2]);
    expect(completePlan({ url: 'http://127.0.0.1:1', targets, seconds: 1 }).targets).toHaveLength(1);
  });

  it('has seconds only: those of one second are spread over it, at any speed', () => {
    const logged: [number, number][] = [[0, 0], [0, 1], [1000, 0], [3000, 0]]; // biome-ignore format: a table
    expect(atSpeed(logged, 1).map(([at]) => at)).toEqual([0, 500, 1000, 3000]);
    expect(atSpeed(logged, 10).map(([at]) => at)).toEqual([0, 50, 100, 300]);
  });

  it('that is not there, or is something else, is refused by a sentence', () => {
    expect(() => readAccessLog('/nowhere/access.log')).toThrow(
      'The access log /nowhere/access.log cannot be read: it does not exist.',
    );
    expect(() => readAccessLog('package.json')).toThrow(/^package\.json has no line with a GET or HEAD request/);
  });
});
