/**
 * From root to an ordinary user, for good, once the server listens: before anything of the network is read.
 *
 * What it keeps true: either every thread of this process is that user, without a way back, or the server does not go on.
 */
import { accessSync, constants, readdirSync, readFileSync } from 'node:fs';
import { OptionError } from '../config/option-error.js';
import { groupByName, type User, userByName, userByNumber } from '../linux/users.js';

/** The process, as far as it is concerned; a test has its own. What changes anything is there in the main thread only. */
export interface Credentials
  extends Pick<NodeJS.Process, 'getuid' | 'geteuid' | 'getgid' | 'getegid' | 'setuid' | 'setgid' | 'setgroups'> {
  initgroups?(user: string, group: number): void;
}

/**
 * Who `NAME` or `NAME:GROUP` is; numbers do as well. Throws OptionError for somebody who is not there or is root, and an Error
 * with a sentence when this process may not become anybody else.
 */
export function identityOf(text: string, credentials: Credentials = process): User {
  const [name = '', groupName] = text.split(':');
  const found = /^\d+$/.test(name) ? (userByNumber(Number(name)) ?? nameless(Number(name))) : userByName(name);
  if (found === undefined) throw new OptionError(`--user must be a user of this computer, not '${name}'.`);
  const group = groupName === undefined ? found.group : numberOf(groupName);
  if (group === undefined) throw new OptionError(`--user must name a group of this computer, not '${groupName}'.`);
  if (group < 0) {
    throw new OptionError(
      `User ${name} is not known to this computer: name a group too, as in --user ${name}:${name}.`,
    );
  }
  if (found.user === 0) throw new OptionError('--user must be another user than root.');
  const now = credentials.geteuid?.();
  if (now !== 0 && now !== found.user) throw new Error(`--user ${text} needs root; this process runs as user ${now}.`);
  return { ...found, group };
}

/** A number that no user has a name for. */
function nameless(user: number): User {
  return { name: '', user, group: -1 };
}

function numberOf(group: string): number | undefined {
  return /^\d+$/.test(group) ? Number(group) : groupByName(group);
}

/** Throws an Error with a sentence when this process cannot become that user wholly, or the user cannot read the directory. */
export function become(identity: User, root: string, credentials: Credentials = process): void {
  const { name, user, group } = identity;
  const who = name === '' ? String(user) : name;
  if (credentials.setuid === undefined) throw new Error('--user needs the main thread of a process.');
  if (credentials.geteuid?.() === 0) {
    try {
      if (name === '') credentials.setgroups?.([group]);
      else credentials.initgroups?.(name, group);
      credentials.setgid?.(group);
      credentials.setuid(user);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new Error(`This process cannot become user ${who}, and does not go on: ${reason}.`);
    }
  }
  const privileged = whatIsLeft(user, group, credentials);
  if (privileged !== undefined) {
    throw new Error(`This process did not wholly become user ${who}, and does not go on: ${privileged}.`);
  }
  try {
    accessSync(root, constants.R_OK | constants.X_OK);
  } catch {
    throw new Error(`User ${who} of --user cannot read the directory ${root}.`);
  }
}

/** What is left of other users or of root, in a few words. */
function whatIsLeft(user: number, group: number, credentials: Credentials): string | undefined {
  if (credentials.getuid?.() !== user || credentials.geteuid?.() !== user) return 'its user is another';
  if (credentials.getgid?.() !== group || credentials.getegid?.() !== group) return 'its group is another';
  if (canReturn(credentials)) return 'it can become root again';
  const thread = threads().find(({ status }) => !isOrdinary(status, user, group));
  return thread === undefined ? undefined : `thread ${thread.identifier} has more rights`;
}

function canReturn(credentials: Credentials): boolean {
  try {
    credentials.setuid?.(0);
    return true;
  } catch {
    return false;
  }
}

/** What the kernel says of each thread; of none where there is no /proc. */
function threads(): { identifier: string; status: string }[] {
  let identifiers: string[] = [];
  try {
    identifiers = readdirSync('/proc/self/task');
  } catch {
    return [];
  }
  return identifiers.flatMap((identifier) => {
    try {
      return [{ identifier, status: readFileSync(`/proc/self/task/${identifier}/status`, 'latin1') }];
    } catch {
      // It has ended meanwhile.
      return [];
    }
  });
}

/** proc_pid_status(5): real, effective, saved and file system user and group, and what it is able to do. */
function isOrdinary(status: string, user: number, group: number): boolean {
  const four = (name: string, number: number): boolean => status.includes(`\n${name}:${`\t${number}`.repeat(4)}\n`);
  return four('Uid', user) && four('Gid', group) && /^CapPrm:\t0+$/m.test(status) && /^CapEff:\t0+$/m.test(status);
}
