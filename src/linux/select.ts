/** select(2), with sets as large as the highest descriptor needs: the kernel knows no FD_SETSIZE, only libc's fd_set does. */
import { assertLayout } from './layout.js';
import { native } from './library.js';
import { made, SELECT } from './system-calls.js';

assertLayout('timeval', { seconds: 'long', microseconds: 'long' }, 16, { microseconds: 8 });

const cSelect = native<[number, number, number, number, number]>(
  'int select(int highest, int64_t readable, int64_t writable, int64_t exceptional, int64_t timeout)',
);

/**
 * How many descriptors below `highest` are ready, or -errno. The addresses are those of bitmaps, which are overwritten.
 * @param timeout address of a struct timeval (two 64-bit numbers: seconds, microseconds); 0 for ever.
 */
export function select(highest: number, readable: number, writable: number, timeout: number): number {
  return made(SELECT, cSelect(highest, readable, writable, 0, timeout));
}
