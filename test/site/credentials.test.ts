/** Passwords and their hashes; who is let in, what is remembered, and how much is done at once. */
import { scryptSync } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import { BUSY, CHECKING, Credentials, RIGHT, type Verdict, WRONG } from '../../src/site/credentials.js';
import {
  hashPassword,
  type PasswordHash,
  parsePasswordHash,
  type Verify,
  verifyLater,
  verifyNow,
} from '../../src/site/password-hash.js';

const bytes = (text: string): Buffer => Buffer.from(text, 'utf8');
const unpadded = (buffer: Buffer): string => buffer.toString('base64').replace(/=+$/, '');

/** A hash that takes no time. */
function quick(password: string, salt = 'salt'): string {
  const hash = scryptSync(password, salt, 32, { N: 2, r: 1, p: 1 });
  return `$scrypt$ln=1,r=1,p=1$${unpadded(bytes(salt))}$${unpadded(hash)}`;
}

const basic = (credentials: string | Buffer): string =>
  `Basic ${Buffer.from(credentials as string).toString('base64')}`;

describe('hashes of passwords', () => {
  it('are of the password, and of no other, each with a salt of its own', async () => {
    const written = hashPassword(bytes('pässword'));
    expect(written).toMatch(/^\$scrypt\$ln=14,r=8,p=5\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
    expect(hashPassword(bytes('pässword'))).not.toBe(written);
    const hash = parsePasswordHash(written) as PasswordHash;
    for (const verify of [verifyNow, verifyLater]) {
      for (const [password, right] of [
        ['pässword', true],
        ['passwort', false],
      ] as const) {
        expect(await new Promise((resolve) => verify(bytes(password), hash, resolve))).toBe(right);
      }
    }
  });

  it('made by passlib are read', async () => {
    const hash = parsePasswordHash(
      '$scrypt$ln=16,r=8,p=1$aM15713r3Xsvxbi31lqr1Q$nFNh2CVHVjNldFVKDHDlm4CbdRSCdEBsjjJxD+iCs5E',
    ) as PasswordHash;
    expect(await new Promise((resolve) => verifyNow(bytes('password'), hash, resolve))).toBe(true);
  });

  it.each([
    '',
    'secret',
    '$2y$10$abcdefghijklmnopqrstuv',
    '$scrypt$ln=14,r=8,p=5$$aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa',
    '$scrypt$ln=14,r=8,p=5$aaaa$aaaa',
    '$scrypt$ln=0,r=8,p=5$aaaa$aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa',
    '$scrypt$ln=20,r=8,p=5$aaaa$aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa',
    '$scrypt$ln=14,r=8,p=100$aaaa$aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa',
    '$scrypt$ln=14,r=0,p=1$aaaa$aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa',
    '$scrypt$ln=14,r=8,p=5$aa aa$aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa',
  ])('%j is none, or takes too much', (text) => expect(parsePasswordHash(text)).toBeUndefined());
});

describe('credentials', () => {
  let credentials: Credentials;
  let checks: { password: string; end: () => void }[];
  let told: number[];
  /** Checks when it is told to, by the real thing. */
  const later: Verify = (password, hash, done) => {
    checks.push({ password: Buffer.from(password).toString(), end: () => verifyNow(password, hash, done) });
  };
  const users = [
    { name: 'ada', hash: quick('secret') },
    { name: 'bö b', hash: quick('pass:word') },
  ];
  const check = (authorization: string | undefined, now = 0): Verdict =>
    credentials.check(authorization, now, (verdict) => told.push(verdict));

  beforeEach(() => {
    checks = [];
    told = [];
    credentials = new Credentials(users, verifyNow);
  });

  it.each([
    ['ada:secret', RIGHT],
    ['bö b:pass:word', RIGHT],
    ['ada:Secret', WRONG],
    ['ada:', WRONG],
    [':secret', WRONG],
    ['ada:secret\0', WRONG],
    ['Ada:secret', WRONG],
    ['nobody:secret', WRONG],
    ['ada:pass:word', WRONG],
    ['__proto__:secret', WRONG],
  ])('of %j are told apart', (text, verdict) => {
    expect(check(basic(text))).toBe(verdict);
    expect(check(basic(text))).toBe(verdict);
  });

  it.each([
    undefined,
    '',
    'Basic',
    'Basic ',
    'Bearer YWRhOnNlY3JldA==',
    'YWRhOnNlY3JldA==',
    'Basic YWRhOnNlY3JldA== x',
    'Basic !!!!',
    'Basic YWRh',
    'Basic YWRhOnNlY3JldA===',
    'Basic YWRhOnNlY3JldA==, Basic YWRhOnNlY3JldA==',
    basic(Buffer.alloc(5000, ':')),
    basic(Buffer.from([0xff, 0x3a, 0xff])),
  ])('that are none are wrong: %j', (value) => expect(check(value)).toBe(WRONG));

  it('may be written in any case, and with spaces', () => {
    expect(check(basic('ada:secret').replace('Basic ', 'bASIC   '))).toBe(RIGHT);
  });

  it('are checked once for all who come with them, and remembered for a while', () => {
    credentials = new Credentials(users, later);
    expect([check(basic('ada:secret')), check(basic('ada:secret')), check(basic('ada:wrong'))]).toEqual([
      CHECKING,
      CHECKING,
      CHECKING,
    ]);
    expect(checks.map(({ password }) => password)).toEqual(['secret', 'wrong']);
    for (const { end } of checks.splice(0)) end();
    expect(told).toEqual([RIGHT, RIGHT, WRONG]);
    expect([check(basic('ada:secret'), 599_000), check(basic('ada:wrong'), 9_000)]).toEqual([RIGHT, WRONG]);
    expect([check(basic('ada:secret'), 601_000), check(basic('ada:wrong'), 11_000)]).toEqual([CHECKING, CHECKING]);
  });

  it('cost as much for a name that nobody has, and are never right for it', () => {
    credentials = new Credentials(users, later);
    check(basic('nobody:secret'));
    expect(checks).toHaveLength(1);
    checks[0]!.end();
    expect(told).toEqual([WRONG]);
  });

  it('are checked a few at a time; too many are told to come again, those who are known are not', () => {
    credentials = new Credentials(users, later);
    check(basic('ada:secret'));
    checks.shift()!.end();
    const verdicts = Array.from({ length: 80 }, (_, index) => check(basic(`ada:${index}`)));
    expect(checks).toHaveLength(2);
    expect(verdicts.filter((verdict) => verdict === CHECKING)).toHaveLength(66);
    expect(verdicts.at(-1)).toBe(BUSY);
    expect(check(basic('ada:secret'))).toBe(RIGHT);
    while (checks.length > 0) checks.shift()!.end();
    expect(told.filter((verdict) => verdict === WRONG)).toHaveLength(66);
    expect(check(basic('ada:again'))).toBe(CHECKING);
  });

  it('that are right are not forgotten for those that are wrong', () => {
    expect(check(basic('ada:secret'))).toBe(RIGHT);
    credentials = new Credentials(users, (password, hash, done) => {
      checks.push({ password: '', end: () => {} });
      verifyNow(password, hash, done);
    });
    check(basic('ada:secret'));
    for (let index = 0; index < 2000; index++) check(basic(`ada:${index}`));
    const { length } = checks;
    expect(check(basic('ada:secret'))).toBe(RIGHT);
    expect(check(basic('ada:1999'))).toBe(WRONG);
    expect(checks).toHaveLength(length);
    check(basic('ada:0'));
    expect(checks).toHaveLength(length + 1);
  });

  it('need somebody who has some', () => {
    expect(() => new Credentials([], verifyNow)).toThrow(RangeError);
    expect(() => new Credentials([{ name: 'a', hash: 'x' }], verifyNow)).toThrow(RangeError);
  });
});
