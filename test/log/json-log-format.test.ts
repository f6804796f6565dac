/** The access log as JSON: every line is one object, with the members that docs/logs.md names. */
import { expect, it } from 'vitest';
import { JsonLogFormat } from '../../src/log/json-log-format.js';
import { type Asked, lineOf } from './requests.js';

const asked: Asked = { line: 'GET /a?b HTTP/1.1', referrer: 'http://a/"', agent: '\xe9\n' };

function objectOf(...parameters: Parameters<typeof lineOf> extends [unknown, ...infer Rest] ? Rest : never): unknown {
  const line = lineOf(new JsonLogFormat(), ...parameters);
  expect(line).toMatch(/^\{[\x20-\x7e]+\}\n$/);
  return JSON.parse(line);
}

it('has all that is known', () => {
  expect(objectOf(asked, { duration: 1234.5678, number: 3 }, '::1')).toEqual({
    time: '2023-11-14T22:13:20.123Z',
    client: '::1',
    method: 'GET',
    target: '/a?b',
    protocol: 'HTTP/1.1',
    referrer: 'http://a/"',
    userAgent: 'é\n',
    status: 200,
    bytes: 12,
    duration: 1.234568,
    request: 3,
  });
});

it('says that a client has gone, and null for what is not known', () => {
  expect(objectOf({ line: 'GET / HTTP/1.0' }, { aborted: true, status: 499, bytes: 0 }, '-')).toMatchObject({
    client: null,
    referrer: null,
    userAgent: null,
    status: 499,
    bytes: 0,
    aborted: true,
  });
});

it('has the line itself where it is no request', () => {
  const known = { method: null, target: null, protocol: null, status: 400 };
  expect(objectOf({ line: 'HELLO "you"\0' }, { status: 400 })).toMatchObject({ ...known, line: 'HELLO "you"\0' });
  expect(objectOf({ line: '' }, { status: 400 })).not.toHaveProperty('line');
});

it('keeps to its room whatever it is told', () => {
  const long = '\n'.repeat(20_000);
  const line = lineOf(new JsonLogFormat(), { line: `${long} ${long} ${long}`, referrer: long, agent: long }, {});
  expect(line.length).toBeLessThan(15_000);
  expect(JSON.parse(line)).toMatchObject({ status: 200 });
  const most = { status: 599, bytes: Number.MAX_SAFE_INTEGER, number: 2 ** 31, duration: 1e10, aborted: true };
  expect(JSON.parse(lineOf(new JsonLogFormat(), { line: 'x' }, most))).toMatchObject({ bytes: most.bytes });
});
