/**
 * The fuzz, for some thousands of requests, so that it cannot rot: over real sockets, and without any through the parsers
 * alone, fed in every way. And that it sees what it is there to see.
 */
import { rmSync } from 'node:fs';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { AnswerReader } from '../../bench/fuzz/answer-reader.js';
import { readArguments } from '../../bench/fuzz/arguments.js';
import { runCampaign } from '../../bench/fuzz/campaign.js';
import { wrongRefusal, wrongWith } from '../../bench/fuzz/check.js';
import { entriesOf, readCorpus } from '../../bench/fuzz/corpus.js';
import { expectedOf } from '../../bench/fuzz/expected.js';
import { readFailure, writeFailure } from '../../bench/fuzz/failure.js';
import { fuzzCases } from '../../bench/fuzz/models.js';
import { mutated } from '../../bench/fuzz/mutation.js';
import { FuzzSite, SECRET, SMUGGLED } from '../../bench/fuzz/site.js';
import { cleanUp } from '../../src/compare/measurement/clean-up.js';
import { BodyDecoder } from '../../src/http/body-decoder.js';
import { DEFAULT_BODY_BYTES, DEFAULT_HEAD_LIMITS } from '../../src/http/limits.js';
import { NEED_MORE, parseHead } from '../../src/http/parse-head.js';
import { RequestHead } from '../../src/http/request-head.js';
import { latin1 } from '../http/feeding.js';

const SEED = 20_261_126;
const corpus = readCorpus();
const site = new FuzzSite();
afterAll(cleanUp);

const answer = (text: string, method = 'GET') => {
  const reader = new AnswerReader();
  reader.push(Buffer.from(text, 'latin1'));
  const read = reader.next(method);
  expect(reader.left, 'bytes left').toBe(0);
  return read!;
};
const DATE = 'Date: Thu, 26 Nov 2026 20:00:00 GMT\r\n';
const ok = (body: string, fields = '') =>
  answer(`HTTP/1.1 200 OK\r\n${DATE}${fields}Content-Length: ${body.length}\r\n\r\n${body}`);
const get = (target: string) => expectedOf(`GET ${target} HTTP/1.1\r\nHost: a\r\n\r\n`).requests[0]!;

describe('over real sockets', () => {
  for (const model of ['epoll', 'thread'] as const) {
    it(`${model}: some thousands of requests are answered as they must be`, async () => {
      const options = model === 'thread' ? ['--workers', '8'] : [];
      const plan = { model, seed: SEED, requests: 3000, connections: 8, options, progress: () => {} };
      const outcome = await runCampaign(site, plan);
      expect(outcome.failures).toEqual([]);
      for (const status of [200, 206, 304, 400, 404, 405, 412, 416, 501]) {
        expect(outcome.seen.get(status), `answers of ${status}`).toBeGreaterThan(0);
      }
    }, 60_000);
  }
});

/** What the parsers make of bytes that come in these pieces, as a connection uses them. */
function readingOf(text: string, ends: readonly number[]): { requests: string[]; rest: string } {
  const bytes = latin1(text);
  const requests: string[] = [];
  const head = new RequestHead();
  const body = new BodyDecoder();
  let request = '';
  let last = false;
  let reading = false;
  let at = 0;
  for (const end of ends) {
    for (;;) {
      if (!reading) {
        if (last) return { requests, rest: 'closed' };
        const length = at === end ? NEED_MORE : parseHead(bytes, at, end, DEFAULT_HEAD_LIMITS, head);
        if (length === NEED_MORE) break;
        if (length < 0) return { requests, rest: 'refused' };
        at += length;
        request = `${head.methodText()} ${head.targetText()}`;
        last = !head.persistent;
        body.begin(head.contentLength, head.chunked, DEFAULT_BODY_BYTES);
        if (body.error !== 0) return { requests, rest: 'refused' };
        if (head.expectContinue) return { requests: [...requests, request], rest: 'closed' };
        reading = true;
      }
      while (!body.done && body.error === 0 && at < end) at += body.decode(bytes, at, end);
      if (body.error !== 0) return { requests, rest: 'refused' };
      if (!body.done) break;
      requests.push(request);
      reading = false;
    }
  }
  if (last && !reading) return { requests, rest: 'closed' };
  return { requests, rest: at === text.length && !reading ? 'nothing' : 'incomplete' };
}

describe('without sockets', () => {
  it('the parsers and the second reading of the rules agree, however the bytes come', () => {
    fc.assert(
      fc.property(fuzzCases(corpus), ({ text, cuts }) => {
        const { requests, rest } = expectedOf(text);
        const within = cuts.filter((cut) => cut < text.length);
        const ways = [[text.length], [...within, text.length]];
        if (text.length < 3000) ways.push(Array.from({ length: text.length }, (_, index) => index + 1));
        for (const ends of ways) {
          const reading = readingOf(text, ends);
          expect(reading.requests).toEqual(requests.map(({ method, target }) => `${method} ${target}`));
          if (rest === 'incomplete') expect(['incomplete', 'refused']).toContain(reading.rest);
          else expect(reading.rest).toBe(rest);
        }
      }),
      { seed: SEED, numRuns: 700 },
    );
  }, 60_000);
});

describe('the fuzz sees', () => {
  it.each([
    ['a status line without its version', 'HTTP/1.1 OK\r\n\r\n'],
    ['no Date', 'HTTP/1.1 204 No Content\r\n\r\n'],
    ['two lengths', `HTTP/1.1 200 OK\r\n${DATE}Content-Length: 0\r\nContent-Length: 0\r\n\r\n`],
    ['no length', `HTTP/1.1 200 OK\r\n${DATE}\r\n`],
    [
      'a field that the client has put in',
      `HTTP/1.1 301 Moved\r\n${DATE}Location: /\rX: a\r\nContent-Length: 0\r\n\r\n`,
    ],
    ['a length with 204', `HTTP/1.1 204 No Content\r\n${DATE}Content-Length: 0\r\n\r\n`],
  ])('%s', (_, text) => {
    expect(() => answer(text)).toThrow();
  });

  it('secrets, smuggled answers, wrong bytes, failures, and refusals that stay open', () => {
    expect(wrongWith(site, get('/hello.txt'), ok('Hello, world\n'))).toBeUndefined();
    expect(wrongWith(site, get('/hello.txt'), ok('Hello, World\n'))).toMatch(/no file's/);
    expect(wrongWith(site, get('/hello.txt'), ok(SECRET))).toMatch(/secret/);
    expect(wrongWith(site, get('/hello.txt'), ok(SMUGGLED))).toMatch(/smuggled/);
    expect(wrongWith(site, get('/smuggled.txt'), ok(SMUGGLED))).toBeUndefined();
    expect(wrongWith(site, get('/'), answer(`HTTP/1.1 500 No\r\n${DATE}Content-Length: 0\r\n\r\n`))).toMatch(/500/);
    expect(wrongRefusal(answer(`HTTP/1.1 400 No\r\n${DATE}Content-Length: 0\r\n\r\n`))).toMatch(/does not close/);
    expect(wrongRefusal(ok('', 'Connection: close\r\n'))).toMatch(/200/);
  });

  it('a wrong part, and a wrong one among several', () => {
    const part = (range: string, fields: string, body: string) => {
      const head = `HTTP/1.1 206 Partial\r\n${DATE}${fields}Content-Length: ${body.length}\r\n\r\n${body}`;
      const bytes = `GET /digits.txt HTTP/1.1\r\nHost: a\r\nRange: bytes=${range}\r\n\r\n`;
      return wrongWith(site, expectedOf(bytes).requests[0]!, answer(head));
    };
    expect(part('-2', 'Content-Range: bytes 98-99/100\r\n', '89')).toBeUndefined();
    expect(part('-2', 'Content-Range: bytes 98-99/100\r\n', '88')).toMatch(/not bytes 98/);
    expect(part('-2', 'Content-Range: bytes 97-99/100\r\n', '789')).toMatch(/-2 gives/);
    const several = (digits: string) =>
      `--b\r\nContent-Range: bytes 0-1/100\r\n\r\n01\r\n--b\r\nContent-Range: bytes 5-6/100\r\n\r\n${digits}\r\n--b--\r\n`;
    const multipart = 'Content-Type: multipart/byteranges; boundary=b\r\n';
    expect(part('0-1,5-6', multipart, several('56'))).toBeUndefined();
    expect(part('0-1,5-6', multipart, several('57'))).toMatch(/not bytes 5-6/);
    expect(part('0-1,5-6', multipart, `${several('56')}more`)).toMatch(/behind the last/);
  });
});

it('the corpus is read with its escapes, and without its remarks', () => {
  expect(entriesOf('# remark\nGET\\x20/\\r\\n\n\\{3 a}\\0\n\n# alone\n\nsecond\\\\')).toEqual([
    'GET /\r\naaa\0',
    'second\\',
  ]);
  expect(() => entriesOf('\\q')).toThrow(/escape/);
  expect(corpus.length).toBeGreaterThan(60);
});

it('the same seed makes the same changes, and a failure is read as it was written', () => {
  const text = corpus[0]!;
  expect(mutated(text, 5, 3, corpus)).toBe(mutated(text, 5, 3, corpus));
  expect(mutated(text, 5, 3, corpus)).not.toBe(mutated(text, 6, 3, corpus));
  const [aCase] = fc.sample(fuzzCases(corpus), { seed: SEED, numRuns: 1 });
  const failure = { what: 'nothing', model: 'epoll', seed: SEED, index: 0, case: aCase! };
  const file = writeFailure(failure);
  expect(readFailure(file)).toEqual(failure);
  rmSync(file);
});

it('the command line is refused in a sentence', () => {
  expect(() => readArguments(['--model', 'fast'])).toThrow(/--model takes event, io_uring, epoll/);
  expect(() => readArguments(['--requests', '0'])).toThrow(/--requests must be/);
  expect(readArguments(['--seed', '7']).seed).toBe(7);
});
