/** What wrk prints is read whole: totals with their units, percentiles, and everything that went wrong. */
import { expect, it } from 'vitest';
import { readWrk } from '../../bench/peers/wrk.js';

const PRINTED = `Running 4s test @ http://127.0.0.1:8080/1kib.txt
  1 threads and 64 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency   702.11us    1.20ms  31.02ms   97.38%
    Req/Sec    98.11k    10.21k  110.32k    85.00%
  Latency Distribution
     50%  559.00us
     75%  810.00us
     90%    1.21ms
     99%   18.11ms
  390210 requests in 4.01s, 1.25GB read
  Socket errors: connect 0, read 3, write 0, timeout 0
  Non-2xx or 3xx responses: 7
Requests/sec:  97309.23
Transfer/sec:    319.21MB
`;

it('reads totals, percentiles and errors', () => {
  expect(readWrk(PRINTED)).toEqual({
    requests: 390_210,
    bytes: 1.25 * 2 ** 30,
    requestsPerSecond: 97_309.23,
    p50: 559,
    p99: 18_110,
    errors: ['Socket errors: connect 0, read 3, write 0, timeout 0', 'Non-2xx or 3xx responses: 7'],
  });
});

it('refuses output without a total', () => {
  expect(() => readWrk('unable to connect')).toThrow('no total');
});
