/** Users and groups by name: getpwnam(3), getpwuid(3) and getgrnam(3), which ask whatever this computer keeps them in. */
import { native, view } from './library.js';

export interface User {
  readonly name: string;
  readonly user: number;
  /** The group that the user belongs to first. */
  readonly group: number;
}

// struct passwd: name, password, user, group; struct group: name, password, group. The same on x64 and arm64.
const ENTRY_BYTES = 24;
const USER = 16;
const FIRST_GROUP = 20;
const GROUP = 16;

const getpwnam = native<[string]>('int64_t getpwnam(str name)');
const getpwuid = native<[number]>('int64_t getpwuid(unsigned int user)');
const getgrnam = native<[string]>('int64_t getgrnam(str name)');
const strlen = native<[number]>('size_t strlen(int64_t text)');

export function userByName(name: string): User | undefined {
  return userAt(getpwnam(name));
}

export function userByNumber(user: number): User | undefined {
  return userAt(getpwuid(user));
}

/** The number of a group. */
export function groupByName(name: string): number | undefined {
  const entry = getgrnam(name);
  return entry === 0 ? undefined : new DataView(view(entry, ENTRY_BYTES)).getUint32(GROUP, true);
}

function userAt(entry: number): User | undefined {
  if (entry === 0) return undefined;
  const fields = new DataView(view(entry, ENTRY_BYTES));
  const name = Number(fields.getBigUint64(0, true));
  return {
    name: Buffer.from(view(name, strlen(name))).toString(),
    user: fields.getUint32(USER, true),
    group: fields.getUint32(FIRST_GROUP, true),
  };
}
