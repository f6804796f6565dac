/** What frameworks and the Fetch standard promise, inside the workers of each architecture: the cases of test/app. */
import { gunzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { exchange, fetchOnce, type Response, request } from './raw-client.js';
import type { Running } from './running.js';

const BASIC = Buffer.from('me:secret').toString('base64');
const BOUNDARY = 'between';
const UPLOAD = `--${BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\nContent-Type: text/plain\r\n\r\nhello\r\n--${BOUNDARY}--\r\n`;

/** A request to the Hono application, and what of its answer is expected: the status, the body, and fields. */
type Case = readonly [
  ask: string,
  fields: readonly string[],
  body: string,
  status: number,
  expected: string | RegExp,
  answered?: Readonly<Record<string, string | RegExp>>,
];

const JSON_BODY = ['Content-Type: application/json'];
const FORM = ['Content-Type: application/x-www-form-urlencoded'];
const MULTIPART = [`Content-Type: multipart/form-data; boundary=${BOUNDARY}`];
const ORIGIN = ['Origin: https://example.org'];

const HONO: readonly Case[] = [
  ['GET /text', [], '', 200, 'text', { 'content-type': /^text\/plain/ }],
  ['GET /html', [], '', 200, '<b>html</b>', { 'content-type': /^text\/html/ }],
  ['GET /status', [], '', 201, 'made', { 'x-own': 'own' }],
  ['GET /nothing', [], '', 204, ''],
  ['GET /users/12/a/b', [], '', 200, '{"rest":"a/b","id":"12"}'],
  ['GET /users/me/a', [], '', 404, 'nothing here'],
  ['GET /query?a=%201&b=2&b=3', [], '', 200, '{"one":" 1","all":["2","3"]}'],
  ['DELETE /method', [], '', 200, 'DELETE'],
  ['PROPFIND /method', [], '', 200, 'PROPFIND'],
  ['GET /header', ['x-asked: me'], '', 200, 'me'],
  ['POST /json', JSON_BODY, '{"a":[1]}', 200, '{"a":[1]}', { 'content-type': /^application\/json/ }],
  ['POST /form', FORM, 'a=1&b=2&b=3', 200, '{"a":"1","b":["2","3"]}'],
  ['POST /upload', MULTIPART, UPLOAD, 200, '{"name":"a.txt","type":"text/plain","bytes":5,"text":"hello"}'],
  ['POST /bytes', [], '\xff\x00', 200, '\xff\x00'],
  ['GET /stream', [], '', 200, 'hi there', { 'transfer-encoding': 'chunked' }],
  ['GET /stream-text', [], '', 200, 'one\ntwo\n'],
  ['GET /events', [], '', 200, /^event: tick\ndata: number 1\nid: 1\n\nevent: tick\ndata: number 2\nid: 2\n\n$/],
  ['GET /cookies', ['Cookie: a=b; asked=for'], '', 200, 'for', { 'set-cookie': 'seen=yes; Path=/; HttpOnly' }],
  ['POST /validated', JSON_BODY, '{"number":1}', 200, '{"number":1}'],
  ['POST /validated', JSON_BODY, '{"number":"1"}', 400, 'no number'],
  ['GET /basic', [], '', 401, 'Unauthorized', { 'www-authenticate': /^Basic / }],
  ['GET /basic', [`Authorization: Basic ${BASIC}`], '', 200, 'welcome'],
  ['GET /bearer', ['Authorization: Bearer token'], '', 200, 'welcome'],
  ['GET /bearer', ['Authorization: Bearer other'], '', 401, /^/, { 'www-authenticate': /^Bearer / }],
  [
    'OPTIONS /cors/put',
    [...ORIGIN, 'Access-Control-Request-Method: PUT'],
    '',
    204,
    '',
    { 'access-control-allow-methods': 'PUT' },
  ],
  ['PUT /cors/put', ORIGIN, '', 200, 'put', { 'access-control-allow-origin': 'https://example.org' }],
  ['GET /etag', [], '', 200, 'tagged', { etag: /^"[0-9a-f]+"$/ }],
  ['GET /secure', [], '', 200, 'secure', { 'x-content-type-options': 'nosniff', 'x-frame-options': 'SAMEORIGIN' }],
  ['POST /limited', [], 'small', 200, 'small'],
  ['POST /limited', [], 'larger than ten', 413, 'Payload Too Large'],
  ['GET /slow', [], '', 504, 'Gateway Timeout'],
  ['GET /middleware', [], '', 200, 'before', { 'x-after': 'after' }],
  ['GET /exception', [], '', 401, 'not you'],
  ['GET /error', [], '', 500, 'an own error'],
  ['GET /wait-until', [], '', 200, 'answered'],
  ['GET /raw', [], '', 200, 'true'],
  ['GET /copied', [], '', 200, 'copied', { 'x-own': '1' }],
  ['GET /sub-request', [], '', 200, 'text'],
  ['GET /mounted/below', [], '', 200, 'mounted /below'],
  ['GET /books/one', [], '', 200, 'one'],
  ['HEAD /text', [], '', 200, ''],
];

export function frameworks(running: Running): void {
  it('Headers, Request and Response are as the Fetch standard says', async () => {
    expect(JSON.parse((await fetchOnce(running.port, '/fetch-cases')).body.toString())).toEqual([]);
  });

  it('Hono’s features work unchanged', async () => {
    // On one connection: in the models that block each answer comes from the same worker.
    const bytes = HONO.map(([ask, fields, body]) => {
      const [method = '', path = ''] = ask.split(' ');
      const length = body === '' ? [] : [`Content-Length: ${Buffer.byteLength(body, 'latin1')}`];
      return request(`/hono${path}`, [...fields, ...length], { method, body });
    }).join('');
    const answers = await exchange(
      running.port,
      bytes,
      HONO.map(([ask]) => ask.split(' ', 1)[0] as string),
    );
    for (const [index, [ask, , , status, expected, answered = {}]] of HONO.entries()) {
      const answer = answers[index] as Response;
      expect([ask, answer.status]).toEqual([ask, status]);
      expect(answer.body.toString('latin1'), ask).toMatch(typeof expected === 'string' ? exactly(expected) : expected);
      for (const [name, value] of Object.entries(answered)) {
        const [, told] = answer.fields.find(([each]) => each === name) ?? [];
        expect(String(told), `${ask}: ${name}`).toMatch(typeof value === 'string' ? exactly(value) : value);
      }
    }
  });

  it('Hono’s validators and codings are kept', async () => {
    const { etag = '' } = { etag: (await fetchOnce(running.port, '/hono/etag')).field('etag') };
    const fresh = await fetchOnce(running.port, '/hono/etag', [`If-None-Match: ${etag}`]);
    expect([fresh.status, fresh.body.length]).toEqual([304, 0]);
    const coded = await fetchOnce(running.port, '/hono/compressed', ['Accept-Encoding: gzip']);
    expect(coded.field('content-encoding')).toBe('gzip');
    expect(gunzipSync(coded.body).toString()).toBe('compressible '.repeat(200));
  });
}

function exactly(text: string): RegExp {
  return new RegExp(`^${text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')}$`);
}
