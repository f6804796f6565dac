/** Who a server becomes: with a process that only pretends, since becoming another user is for good (test/cli has it for real). */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { describe, expect, it } from 'vitest';
import { become, type Credentials, identityOf } from '../../src/assembly/privileges.js';
import { userByName } from '../../src/linux/users.js';

const nobody = userByName('nobody') as NonNullable<ReturnType<typeof userByName>>;

/** A process of root, or of `user`, that does as it is told unless `refuses` names the call, or `forgets` lets nothing follow. */
function pretend({ user = 0, refuses = '', forgets = '' }): Credentials & { asked: string[] } {
  const now = { user, group: user };
  const asked: string[] = [];
  const call = (name: string, then: () => void, ...values: readonly unknown[]): void => {
    asked.push([name, ...values].join(' '));
    if (name === refuses) throw new Error(`${name} is not permitted`);
    if (name !== forgets) then();
  };
  return {
    asked,
    getuid: () => now.user,
    geteuid: () => now.user,
    getgid: () => now.group,
    getegid: () => now.group,
    initgroups: (name, group) => call('initgroups', () => {}, name, group),
    setgroups: (groups) => call('setgroups', () => {}, groups),
    setgid: (group) => call('setgid', () => Object.assign(now, { group }), group),
    setuid: (next) => {
      if (now.user !== 0) throw new Error('setuid is not permitted');
      call('setuid', () => Object.assign(now, { user: next }), next);
    },
  };
}

describe('an identity', () => {
  const root = pretend({});

  it.each([
    ['nobody', { name: 'nobody', user: nobody.user, group: nobody.group }],
    ['nobody:root', { name: 'nobody', user: nobody.user, group: 0 }],
    [`nobody:${nobody.group}`, nobody],
    [String(nobody.user), nobody],
    ['12345:678', { name: '', user: 12_345, group: 678 }],
  ])('%s', (text, identity) => {
    expect(identityOf(text, root)).toEqual(identity);
  });

  it.each([
    ['no-such-user', "--user must be a user of this computer, not 'no-such-user'."],
    ['nobody:no-such-group', "--user must name a group of this computer, not 'no-such-group'."],
    ['12345', 'User 12345 is not known to this computer: name a group too, as in --user 12345:12345.'],
    ['root', '--user must be another user than root.'],
    ['0:1', '--user must be another user than root.'],
  ])('%s is refused', (text, sentence) => {
    expect(() => identityOf(text, root)).toThrow(sentence);
  });

  it('of another user needs root, and the own one nothing', () => {
    const someone = pretend({ user: 12_345 });
    expect(() => identityOf('nobody', someone)).toThrow('--user nobody needs root; this process runs as user 12345.');
    expect(identityOf('12345:12345', someone)).toMatchObject({ user: 12_345 });
  });
});

describe('becoming', () => {
  it('sets groups, group and user, in that order', () => {
    const root = pretend({});
    // The threads of this process are not that user: /proc tells.
    expect(() => become(nobody, tmpdir(), root)).toThrow(/thread \d+ has more rights\.$/);
    expect(root.asked.slice(0, 3)).toEqual([
      `initgroups nobody ${nobody.group}`,
      `setgid ${nobody.group}`,
      `setuid ${nobody.user}`,
    ]);
    const nameless = pretend({});
    expect(() => become({ name: '', user: 12_345, group: 678 }, tmpdir(), nameless)).toThrow('has more rights');
    expect(nameless.asked[0]).toBe('setgroups 678');
  });

  it.each(['initgroups', 'setgid', 'setuid'])('does not go on when %s is refused', (refuses) => {
    expect(() => become(nobody, tmpdir(), pretend({ refuses }))).toThrow(
      `This process cannot become user nobody, and does not go on: ${refuses} is not permitted.`,
    );
  });

  it.each([
    ['setgid', 'its group is another'],
    ['setuid', 'its user is another'],
  ])('does not go on when %s has not done what it was asked', (forgets, what) => {
    expect(() => become(nobody, tmpdir(), pretend({ forgets }))).toThrow(
      `This process did not wholly become user nobody, and does not go on: ${what}.`,
    );
  });

  it('does not go on when there is a way back', () => {
    const root = { ...pretend({}), setuid: () => {} };
    const back = { ...root, getuid: () => nobody.user, geteuid: () => nobody.user };
    const group = { getgid: () => nobody.group, getegid: () => nobody.group };
    expect(() => become(nobody, tmpdir(), { ...back, ...group })).toThrow('it can become root again');
  });

  it('does not go on in a thread, which has no such calls', () => {
    const { setuid: _, ...others } = pretend({});
    expect(() => become(nobody, tmpdir(), others)).toThrow('--user needs the main thread of a process.');
  });

  // Root is no ordinary user: for it there is no such case.
  it.each([userInfo()].filter(({ uid }) => uid !== 0))('of whom one is already looks at the directory only', (user) => {
    const { uid, gid, username } = user;
    const directory = mkdtempSync(`${tmpdir()}/amped-own-`);
    become({ name: username, user: uid, group: gid }, directory);
    rmSync(directory, { recursive: true });
    expect(() => become({ name: username, user: uid, group: gid }, directory)).toThrow(
      `User ${username} of --user cannot read the directory ${directory}.`,
    );
  });
});
