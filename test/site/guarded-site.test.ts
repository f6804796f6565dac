/** A site behind a guard: who is let in, who waits, and that nobody gets an answer that was another's. */
import { scryptSync } from 'node:crypto';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Credentials } from '../../src/site/credentials.js';
import { GuardedSite } from '../../src/site/guarded-site.js';
import { type Verify, verifyNow } from '../../src/site/password-hash.js';
import { DEFAULT_SITE_SETTINGS } from '../../src/site/settings.js';
import { Asking, headOf, LATER, type Response, Waiting } from './asking.js';
import { Tree } from './tree.js';

const ADA = `Authorization: Basic ${Buffer.from('ada:secret').toString('base64')}`;
const EVE = `Authorization: Basic ${Buffer.from('ada:guess').toString('base64')}`;

let tree: Tree;
let asking: Asking;
let site: GuardedSite;
let checks: (() => void)[];

const later: Verify = (password, hash, done) => {
  checks.push(() => verifyNow(password, hash, done));
};

function begin(verify: Verify, preflights = false): void {
  const hash = scryptSync('secret', 'salt', 32, { N: 2, r: 1, p: 1 });
  const text = (buffer: Buffer): string => buffer.toString('base64').replace(/=+$/, '');
  const users = [{ name: 'ada', hash: `$scrypt$ln=1,r=1,p=1$${text(Buffer.from('salt'))}$${text(hash)}` }];
  const corsOrigins = preflights ? ['*'] : [];
  asking = new Asking(tree.root, { settings: { ...DEFAULT_SITE_SETTINGS, corsOrigins } });
  site = new GuardedSite(asking.site, new Credentials(users, verify), preflights, LATER);
}

function ask(target: string, fields: string[] = [], method = 'GET'): Response | null {
  const answer = site.answer(headOf(target, fields, method), new Waiting());
  return answer === null ? null : asking.take(answer);
}

function wait(fields: string[], target = '/a.txt'): Waiting {
  const waiter = new Waiting();
  expect(site.answer(headOf(target, fields), waiter)).toBeNull();
  return waiter;
}

beforeEach(() => {
  checks = [];
  tree = new Tree({ 'a.txt': 'a secret' });
});

afterEach(() => {
  site.close();
  asking.arena.destroy();
  tree.remove();
});

it('lets in who has a password, and nobody else, whatever is asked for', () => {
  begin(verifyNow);
  expect(ask('/a.txt', [ADA])).toMatchObject({ status: 200, body: 'a secret' });
  for (const fields of [[], [EVE], ['Authorization: x'], [ADA, ADA], [ADA, EVE]]) {
    for (const method of ['GET', 'HEAD', 'OPTIONS', 'POST', 'BREW']) {
      for (const target of ['/a.txt', '/nothing', '/%', '/']) {
        const response = ask(target, fields, method);
        expect(response?.status).toBe(401);
        expect(response?.fields['www-authenticate']).toBe('Basic realm="amped", charset="UTF-8"');
        expect(response?.body).toBe(method === 'HEAD' ? '' : '401 Unauthorized\n');
      }
    }
  }
  expect(ask('/a.txt', [ADA, 'Range: bytes=0-0'])?.status).toBe(206);
});

it('remembers a request that was let in, and only that one', () => {
  begin(verifyNow);
  const head = headOf('/a.txt', [ADA]);
  const first = site.answer(head, new Waiting());
  expect(head.remembered).toBe(first);
  expect(site.answer(head, new Waiting())).toBe(first);
  expect(ask('/a.txt', [EVE])?.status).toBe(401);
  expect(ask('/a.txt')?.status).toBe(401);
  site.tick(LATER + 1000);
  expect(site.answer(head, new Waiting())).not.toBeNull();
});

it('answers when the password has been checked, from a copy of the request', () => {
  begin(later);
  const head = headOf('/a.txt', [ADA, 'Range: bytes=2-4', 'Connection: close']);
  const good = new Waiting();
  expect(site.answer(head, good)).toBeNull();
  head.bytes.fill(0);
  const bad = wait([EVE]);
  for (const check of checks.splice(0)) check();
  expect(asking.read(good.answers[0]!)).toMatchObject({ status: 206, body: 'sec', persistent: false });
  expect(asking.read(bad.answers[0]!).status).toBe(401);
  for (const { answers } of [good, bad]) answers[0]!.release();
});

it('tells nobody who has gone, and nobody for the sake of an earlier request', () => {
  begin(later);
  const gone = wait([ADA]);
  site.forget(gone);
  const waiter = new Waiting();
  expect(site.answer(headOf('/a.txt', [ADA]), waiter)).toBeNull();
  site.forget(waiter);
  expect(site.answer(headOf('/a.txt', [EVE]), waiter)).toBeNull();
  checks.shift()!();
  expect(gone.answers).toEqual([]);
  expect(waiter.answers).toEqual([]);
  checks.shift()!();
  expect(waiter.answers.map(({ status }) => status)).toEqual([401]);
  expect(waiter.disk).not.toContain(true);
  waiter.answers[0]!.release();
  const late = wait([`${ADA.slice(0, -4)}eHg=`]);
  site.close();
  checks.shift()!();
  expect(late.answers).toEqual([]);
});

it('says when too many passwords are being checked', () => {
  begin(later);
  const other = (index: number): string => `Authorization: Basic ${Buffer.from(`ada:${index}`).toString('base64')}`;
  for (let index = 0; index < 66; index++) wait([other(index)]);
  const response = ask('/a.txt', [other(66)]);
  expect(response).toMatchObject({ status: 503, fields: { 'retry-after': '1' } });
});

it('lets preflights in, where there are any, and nothing that only looks like one', () => {
  begin(verifyNow, true);
  const fields = ['Origin: https://a.example', 'Access-Control-Request-Method: GET'];
  expect(ask('/a.txt', fields, 'OPTIONS')).toMatchObject({
    status: 204,
    fields: { 'access-control-allow-origin': '*' },
  });
  expect(ask('/a.txt', fields)?.status).toBe(401);
  expect(ask('/a.txt', fields.slice(1), 'OPTIONS')?.status).toBe(401);
  expect(ask('/a.txt', ['Origin: https://a.example'])?.fields['access-control-allow-origin']).toBe('*');
  site.close();
  asking.arena.destroy();
  begin(verifyNow);
  expect(ask('/a.txt', fields, 'OPTIONS')?.status).toBe(401);
});
