/** Users and groups of this computer: what the files say, which are what getpwnam(3) asks first. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { groupByName, userByName, userByNumber } from '../../src/linux/users.js';

const entries = (path: string): string[][] =>
  readFileSync(path, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => line.split(':'));

it('knows every user of /etc/passwd, by name and by number', () => {
  for (const [name = '', , user, group] of entries('/etc/passwd')) {
    expect(userByName(name)).toEqual({ name, user: Number(user), group: Number(group) });
    expect(userByNumber(Number(user))?.user).toBe(Number(user));
  }
  expect(userByNumber(0)?.name).toBe('root');
});

it('knows every group of /etc/group', () => {
  for (const [name = '', , group] of entries('/etc/group')) expect(groupByName(name)).toBe(Number(group));
});

it('knows nobody who is not there', () => {
  expect(userByName('no-such-user')).toBeUndefined();
  expect(userByNumber(4_000_000_000)).toBeUndefined();
  expect(groupByName('no-such-group')).toBeUndefined();
});
