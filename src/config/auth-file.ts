/**
 * Who may read a site, from a file: a line for each, `NAME:HASH` as `amped hash-password NAME` prints it. Empty lines and
 * lines that begin with # say nothing.
 *
 * The file is read where the option is: in the original process, at its start. Workers are handed what it says. A
 * configuration file may name it, or have what it says in a list.
 *
 * Hashes are printed nowhere: who is to see the configuration is shown the path of the file, or names alone.
 */
import { readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { parsePasswordHash } from '../site/password-hash.js';
import type { User } from '../site/settings.js';
import { OptionError } from './option-error.js';
import type { Kind } from './option-kinds.js';

const MOST_BYTES = 1_048_576;
/** RFC 7617 2: no colon and no control characters. */
const NAME = /^[^:\p{Cc}]{1,255}$/u;
/** In the place of a hash that is not for who reads it; as it is none itself, it is refused where a hash must be. */
const NOT_PRINTED = '(not printed)';

/** Of what was read from a file: its path. */
const paths = new WeakMap<readonly User[], string>();

export const users: Kind<readonly User[]> = {
  placeholder: 'FILE',
  expected: 'a file with a line NAME:HASH for each user, as amped hash-password prints it',
  read: (text) => (text === '' ? [] : usersOf(contentsOf(text), text)),
  accepts: (value): value is readonly User[] => Array.isArray(value) && value.every(isUser) && !hasTwins(value),
  write: (value) => (value.length === 0 ? '' : `${value.length} users`),
  path: 'file',
  schema: {
    anyOf: [
      { type: 'string', minLength: 1 },
      {
        type: 'array',
        items: {
          type: 'object',
          properties: { name: { type: 'string' }, hash: { type: 'string' } },
          required: ['name', 'hash'],
          additionalProperties: false,
        },
      },
    ],
  },
  fromJson(json) {
    if (typeof json !== 'string') return json as readonly User[];
    return json === '' ? undefined : usersOf(contentsOf(json), json);
  },
  toJson: (value) => paths.get(value) ?? value.map(({ name }) => ({ name, hash: NOT_PRINTED })),
};

function contentsOf(path: string): string {
  try {
    // A FIFO or a device would be waited for.
    const { size } = statSync(path);
    if (!statSync(path).isFile() || size > MOST_BYTES) throw new Error('it is no file of users');
    return readFileSync(path, 'utf8');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new OptionError(`The file of users ${JSON.stringify(path)} cannot be read: ${code ?? message}.`);
  }
}

function usersOf(contents: string, path: string): readonly User[] {
  const found: User[] = [];
  contents.split(/\r?\n/).forEach((line, index) => {
    if (line.trim() === '' || line.startsWith('#')) return;
    const colon = line.indexOf(':');
    const user = { name: line.slice(0, Math.max(colon, 0)), hash: line.slice(colon + 1).trim() };
    const wrong = (what: string): OptionError => new OptionError(`${path}:${index + 1}: ${what}`);
    if (!isUser(user)) throw wrong('A line must be NAME:HASH, as amped hash-password prints it.');
    if (found.some(({ name }) => name === user.name)) throw wrong(`The user ${JSON.stringify(user.name)} comes twice.`);
    found.push(user);
  });
  // Nobody would be asked for a password: surely not what is wanted.
  if (found.length === 0) throw new OptionError(`The file of users ${JSON.stringify(path)} names nobody.`);
  paths.set(found, resolve(path));
  return found;
}

function isUser(user: unknown): user is User {
  if (typeof user !== 'object' || user === null || Object.keys(user).sort().join() !== 'hash,name') return false;
  const { name, hash } = user as Record<string, unknown>;
  return (
    typeof name === 'string' && NAME.test(name) && typeof hash === 'string' && parsePasswordHash(hash) !== undefined
  );
}

function hasTwins(users: readonly User[]): boolean {
  return new Set(users.map(({ name }) => name)).size < users.length;
}
