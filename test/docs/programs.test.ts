/** The programs in docs/ run, and show what they say. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const PROGRAMS = new URL('../../docs/programs/', import.meta.url);

function said(program: string, ...parameters: string[]): string {
  const file = fileURLToPath(new URL(program, PROGRAMS));
  const { stdout, stderr, status } = spawnSync(process.execPath, [file, ...parameters], { encoding: 'utf8' });
  expect(stderr).toBe('');
  expect(status).toBe(0);
  return stdout;
}

it('epoll refuses a regular file, and poll always calls it ready', () => {
  const stdout = said('readiness-of-a-file.js');
  expect(stdout).toMatch(/^epoll_ctl\(EPOLL_CTL_ADD\) of a regular file: EPERM$/m);
  expect(stdout).toMatch(/^poll of the file, cold: ready to be read; to read 1 MiB of it took \d+ us$/m);
  expect(stdout).toMatch(/^poll of the file, in memory: ready to be read; to read 1 MiB of it took \d+ us$/m);
});

it('open streams need memory of Node alone', () => {
  const stdout = said('memory-of-streams.js', '100');
  expect(stdout).toMatch(/^Node before: \d+ MiB\n100 streams open: \d+ MiB\n/);
  expect(stdout).toMatch(/^at most, while 10 events go to each: \d+ MiB; 1100 events received$/m);
});

it('JSON has a price without any server', () => {
  const lines = said('cost-of-json.js', '5').trimEnd().split('\n');
  expect(lines).toHaveLength(6);
  for (const line of lines) expect(line).toMatch(/^[A-Za-z. ]+: \d+\.\d\d user, \d+\.\d\d system$/);
});
