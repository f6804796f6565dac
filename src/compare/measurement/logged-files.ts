/**
 * What the requests of an access log must be answered with by a server of a directory. A log says what was there when it was
 * written; what is there now decides: a file is expected whole, with its length and its hash. Of what is no file now the logged
 * status is expected again where that can be, and else that it is missing.
 */
import { lstatSync } from 'node:fs';
import { join } from 'node:path';
import type { LoadTarget } from '../load/plan.js';
import type { LoggedRequests } from './access-log.js';
import { filesOf } from './served-files.js';

export interface ExpectedRequests extends LoggedRequests {
  /** How many requests had content then, and ask for no file now. */
  readonly absent: number;
  /** Of the files that are asked for, each once. */
  readonly bytes: number;
}

const OK = 200;
const NOT_FOUND = 404;

/** Throws an Error with a sentence when the directory has no file. */
export function expectFiles(log: LoggedRequests, directory: string): ExpectedRequests {
  const served = filesOf(directory);
  const files = new Map(served.targets.map((target) => [target.path, target]));
  const asked = new Set<LoadTarget>();
  const absent = new Set<number>();
  const targets = log.targets.map((target, number): LoadTarget => {
    const path = plainPath(target.path);
    const file = files.get(path) ?? (path.endsWith('/') ? files.get(`${path}index.html`) : undefined);
    if (file !== undefined) {
      asked.add(file);
      const { status, length, sha256 } = file;
      return { ...target, ...expectation(status, length, sha256) };
    }
    // There is something, if nothing that a plan knows: a directory, a link, one of too many files.
    if (isThere(served.directory, path)) return target;
    const { status } = target;
    if (status !== undefined) return { ...target, status: isRedirection(status) ? status : NOT_FOUND };
    absent.add(number);
    return { ...target, status: OK };
  });
  return {
    ...{ ...log, targets },
    absent: log.requests.filter(([, target]) => absent.has(target)).length,
    bytes: [...asked].reduce((sum, { length = 0 }) => sum + length, 0),
  };
}

function expectation(status = OK, length?: number, sha256?: string): Pick<LoadTarget, 'status' | 'length' | 'sha256'> {
  return { status, ...(length !== undefined && { length }), ...(sha256 !== undefined && { sha256 }) };
}

function isRedirection(status: number): boolean {
  return status >= 300 && status < 400;
}

/** Without query, and written as the files' own are: whatever was encoded, or not. */
function plainPath(written: string): string {
  const [path = '/'] = written.split('?', 1);
  try {
    return path.split('/').map(decodeURIComponent).map(encodeURIComponent).join('/');
  } catch {
    return path;
  }
}

function isThere(directory: string, path: string): boolean {
  try {
    lstatSync(join(directory, decodeURIComponent(path)));
    return true;
  } catch {
    return false;
  }
}
