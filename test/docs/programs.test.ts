/** The programs in docs/ run, and show what they say. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const PROGRAMS = new URL('../../docs/programs/', import.meta.url);

it('epoll refuses a regular file, and poll always calls it ready', () => {
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    [fileURLToPath(new URL('readiness-of-a-file.js', PROGRAMS))],
    { encoding: 'utf8' },
  );
  expect(stderr).toBe('');
  expect(status).toBe(0);
  expect(stdout).toMatch(/^epoll_ctl\(EPOLL_CTL_ADD\) of a regular file: EPERM$/m);
  expect(stdout).toMatch(/^poll of the file, cold: ready to be read; to read 1 MiB of it took \d+ us$/m);
  expect(stdout).toMatch(/^poll of the file, in memory: ready to be read; to read 1 MiB of it took \d+ us$/m);
});
