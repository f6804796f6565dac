/**
 * The files that a workload serves: those of a directory, or files made for it. What the client asks for is made from them:
 * each target knows how long its answer must be and, unless it is large, what its hash is.
 *
 * In popularity what lies higher in the tree comes first, and in one directory index.html before the others, by name.
 */
import { createHash } from 'node:crypto';
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  opendirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import type { LoadTarget } from '../load/plan.js';
import { SiteAddresses } from './site-addresses.js';

/** A plan with more files than these would be large. */
const MOST_FILES = 20_000;
const FILES_IN_FOLDER = 1_000;
/** Larger files are not hashed: their length is checked all the same. */
const HASHED_BYTES = 1024 * 1024;
const MOST_HASHED = 2_000;
/** To read more would take longer than anybody likes to wait. */
const MOST_BYTES_HASHED = 128 * 1024 * 1024;

export interface ServedFiles {
  /** The root of the site; absolute. */
  readonly directory: string;
  readonly targets: readonly LoadTarget[];
  readonly bytes: number;
}

/**
 * What a server of `directory` would answer with, each file at the address that the site's own rules give it. Throws an Error with
 * a sentence when there is nothing.
 */
export function filesOf(directory: string): ServedFiles {
  const addresses = new SiteAddresses(directory);
  const { root } = addresses;
  const found = filesBeneath(root, MOST_FILES).flatMap((file) => {
    const address = addresses.of(file.path);
    return address === undefined ? [] : [{ ...file, address }];
  });
  if (found.length === 0) throw nothingIn(root);
  found.sort((one, other) => order(one.path, other.path));
  let read = 0;
  const hashed = (path: string, bytes: number, index: number): { sha256?: string } => {
    if (index >= MOST_HASHED || bytes > HASHED_BYTES || read + bytes > MOST_BYTES_HASHED) return {};
    read += bytes;
    return { sha256: hashOf(readFileSync(join(root, path))) };
  };
  return {
    directory: root,
    bytes: found.reduce((sum, { bytes }) => sum + bytes, 0),
    targets: found.map(({ path, address, bytes }, index) => ({
      path: address,
      status: 200,
      length: bytes,
      ...hashed(path, bytes, index),
    })),
  };
}

/** Gives what somebody should know of them, in a sentence each. Throws an Error with a sentence when there is none. */
export function requireFiles(directory: string, most = MOST_FILES): string[] {
  const { root } = new SiteAddresses(directory);
  if (filesBeneath(root, most + 1).length <= most) return [];
  const written = most.toLocaleString('en');
  return [`There are more than ${written} files in ${root}: only ${written} of them were asked for.`];
}

function nothingIn(directory: string): Error {
  return new Error(`There is no file to ask for in ${directory}; names that begin with a dot are not served.`);
}

interface Found {
  readonly path: string;
  readonly bytes: number;
}

function filesBeneath(directory: string, most: number): Found[] {
  const found: Found[] = [];
  if (existsSync(directory)) walk(directory, '', found, most);
  if (found.length > 0) return found;
  throw nothingIn(directory);
}

function walk(directory: string, below: string, found: Found[], most: number): void {
  const folder = opendirSync(join(directory, below));
  try {
    for (let entry = folder.readSync(); entry !== null; entry = folder.readSync()) {
      if (found.length >= most) return;
      // As the server does: names with a dot in front are not served.
      if (entry.name.startsWith('.') || entry.name === 'serve.json') continue;
      const path = below === '' ? entry.name : `${below}/${entry.name}`;
      if (entry.isDirectory()) walk(directory, path, found, most);
      else if (entry.isFile() && isReadable(join(directory, path))) {
        found.push({ path, bytes: statSync(join(directory, path)).size });
      }
    }
  } catch (error) {
    // A directory that may not be read is not served either.
    if ((error as NodeJS.ErrnoException).code !== 'EACCES') throw error;
  } finally {
    folder.closeSync();
  }
}

function isReadable(path: string): boolean {
  try {
    accessSync(path, constants.R_OK);
    return true;
  } catch {
    // Then no server of this user can send it either.
    return false;
  }
}

function order(one: string, other: string): number {
  const depth = one.split('/').length - other.split('/').length;
  if (depth !== 0) return depth;
  const index = Number(other.endsWith('index.html')) - Number(one.endsWith('index.html'));
  return index === 0 ? (one < other ? -1 : 1) : index;
}

/** Makes files beneath the folder `name` of `directory`, in folders of a thousand; they all differ. */
export function makeFiles(directory: string, name: string, count: number, bytes: number): readonly LoadTarget[] {
  return Array.from({ length: count }, (_, number) => {
    const folder = count > FILES_IN_FOLDER ? `${name}/${Math.floor(number / FILES_IN_FOLDER)}` : name;
    const path = `${folder}/${number}.txt`;
    if (number % FILES_IN_FOLDER === 0) mkdirSync(join(directory, folder), { recursive: true });
    const content = contentOf(path, bytes);
    writeFileSync(join(directory, path), content);
    const sha256 = number < MOST_HASHED && bytes <= HASHED_BYTES ? { sha256: hashOf(content) } : {};
    return { path: `/${path}`, status: 200, length: bytes, ...sha256 };
  });
}

/** Text that compresses no better than prose, and that the name decides. */
function contentOf(name: string, bytes: number): Buffer {
  return Buffer.alloc(bytes, `${name} ${'the quick brown fox jumps over the lazy dog; '.repeat(2)}\n`);
}

function hashOf(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}
