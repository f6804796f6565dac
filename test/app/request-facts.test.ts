/** The URL that a handler is told is one as `new URL` writes it: what is checked of it is what it leads to. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { RequestFacts } from '../../src/app/request-facts.js';
import { DEFAULT_HEAD_LIMITS } from '../../src/http/limits.js';
import { parseHead } from '../../src/http/parse-head.js';
import { RequestHead } from '../../src/http/request-head.js';

const RUNS = 3000;

const IN_TARGETS = fc.constantFrom(
  ...['/', '//', '.', '..', '%2e', '%2E', '%2f', '%25', '%27', '%', '%2', '?', "'", '"', '|', '^', '{', '`', '['],
  ...['a', 'Z', '0', '-', '_', '~', '!', '$', '&', '(', ')', '*', '+', ',', ';', '=', ':', '@'],
);
const IN_HOSTS = fc.constantFrom(
  ...['a', 'b', 'G', 'x', 'e', 'f', '0', '1', '127', '255', '256', '0x', 'xn--', '--', '-', '_', '.', '%41', '%2e'],
  ...[':', ':0', ':1', ':080', ':80', ':8080', ':65535', ':65536', ':99999', 'localhost', 'a'.repeat(64), '[::1]'],
);

/** undefined: no request at all. */
function facts(host: string, target: string): RequestFacts | undefined {
  const bytes = Buffer.from(`GET ${target} HTTP/1.1\r\nHost: ${host}\r\n\r\n`, 'latin1');
  const head = new RequestHead();
  return parseHead(bytes, 0, bytes.length, DEFAULT_HEAD_LIMITS, head) === bytes.length
    ? new RequestFacts(head)
    : undefined;
}

function urlOf(host: string, target: string): string | undefined {
  try {
    return new URL(`http://${host}${target}`).href;
  } catch {
    return undefined;
  }
}

it('whatever the target, it is what new URL makes of it', () => {
  fc.assert(
    fc.property(fc.array(IN_TARGETS, { maxLength: 12 }), (pieces) => {
      const target = `/${pieces.join('')}`;
      const of = facts('host', target);
      if (of !== undefined) expect(of.url).toBe(urlOf('host', target));
    }),
    { numRuns: RUNS },
  );
});

it('whatever the host, it is what new URL makes of it, and none where that makes none', () => {
  fc.assert(
    fc.property(fc.array(IN_HOSTS, { minLength: 1, maxLength: 8 }), (pieces) => {
      const host = pieces.join('');
      const of = facts(host, '/');
      if (of !== undefined) expect(of.url).toBe(urlOf(host, '/'));
    }),
    { numRuns: RUNS },
  );
});

it.each([
  ['/files/%2e%2e/admin/x', '/admin/x'],
  ['/files/%2E./admin/x', '/admin/x'],
  ['/files/.%2e/admin/x', '/admin/x'],
  ['/files/%2e/x', '/files/x'],
  ['/a%2e%2e/x', '/a%2e%2e/x'],
  ["/it's?it's", "/it's?it%27s"],
  ['/a?/../b', '/a?/../b'],
])('%s is %s', (target, told) => {
  expect(facts('host', target)?.url).toBe(`http://host${told}`);
});

it.each([
  ['localhost:99999', undefined],
  ['localhost:65536', undefined],
  ['xn--a', undefined],
  ['1.2.3.256', undefined],
  ['1234', 'http://0.0.4.210/'],
  ['0x7f', 'http://0.0.0.127/'],
  ['Example.ORG:80', 'http://example.org/'],
  ['127.0.0.1:8080', 'http://127.0.0.1:8080/'],
  ['', 'http://localhost/'],
])('of the host %j it is %s', (host, told) => {
  expect(facts(host, '/')?.url).toBe(told);
});

it('a long target is not looked through again and again', () => {
  // Twice as much work with each escape would never end.
  const target = `/${'%25'.repeat(2000)}|`;
  expect(facts('host', target)?.url).toBe(`http://host${target}`);
});
