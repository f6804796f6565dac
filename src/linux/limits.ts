/** The limits of this process: getrlimit(2). */
import { checked, native } from './library.js';

const RLIMIT_NOFILE = 7;

const getrlimit = native<[number, BigUint64Array]>('int getrlimit(int resource, void *limit)');

/** How many descriptors this process may have open (Node has raised the soft limit to the hard one at its start). */
export function descriptorLimit(): number {
  const limit = new BigUint64Array(2);
  if (checked(getrlimit(RLIMIT_NOFILE, limit)) < 0) return 1024;
  return Number(limit[0] as bigint);
}
