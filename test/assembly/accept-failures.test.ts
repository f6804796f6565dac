/** What is said when no connection can be accepted, and how often. */
import { expect, it } from 'vitest';
import { AcceptFailures } from '../../src/assembly/accept-failures.js';
import { EINVAL, EMFILE, ENFILE, ENOBUFS, ENOMEM } from '../../src/linux/errno.js';

function failing(): { said: string[]; at(milliseconds: number, error: number): void } {
  const said: string[] = [];
  let now = 0;
  const failures = new AcceptFailures(
    (sentence) => said.push(sentence),
    () => now,
  );
  return {
    said,
    at: (milliseconds, error) => {
      now = milliseconds;
      failures.failed(-error);
    },
  };
}

it.each([
  [EMFILE, 'this process has no descriptor left (EMFILE)'],
  [ENFILE, 'this computer has no descriptor left (ENFILE)'],
  [ENOBUFS, 'the kernel has no memory for it (ENOBUFS)'],
  [ENOMEM, 'the kernel has no memory for it (ENOMEM)'],
  [100, 'accept(2) failed (ENETDOWN)'],
  [133, 'accept(2) failed (error 133)'],
])('error %i is a sentence', (error, words) => {
  const { said, at } = failing();
  at(0, error);
  expect(said).toEqual([`A connection cannot be accepted: ${words}; it waits, and is tried again.`]);
});

it('is said at once, and then every ten seconds with how often it has failed', () => {
  const { said, at } = failing();
  for (let time = 0; time <= 10_000; time += 100) at(time, EMFILE);
  expect(said).toHaveLength(2);
  expect(said[1]).toContain('tried again. It has failed 99 times since this was last said.');
});

it('says nothing of a listener that was shut down', () => {
  const { said, at } = failing();
  at(0, EINVAL);
  expect(said).toEqual([]);
});
