/**
 * What the command says about options, whatever the architecture: one sentence for each mistake, naming the option and
 * the allowed values, and exit code 1.
 */
import { expect, it } from 'vitest';
import { expectSentence } from './running.js';
import { run } from './server-process.js';

for (const [argv, ...parts] of [
  [['--port', '70000'], /--port/, /65535/],
  [['--port', 'abc'], /--port/, /abc/],
  [['--port', '-1'], /--port/],
  [['--port'], /--port/],
  [['--dispatcher', 'kqueue'], /--dispatcher/, /select/, /poll/, /epoll/, /io_uring/],
  [['--model', 'magic'], /--model/, /event/],
  [['--disk', 'floppy'], /--disk/, /blocking/],
  [['--header-timeout', '-1s'], /--header-timeout/],
  [['--max-body-bytes', 'many'], /--max-body-bytes/],
  [['--nonsense'], /--nonsense/],
  [['--host', 'no such host'], /--host|HOST|no such host/],
  [['two', 'directories'], /directories/],
  [['/nowhere/at/all'], /\/nowhere\/at\/all/],
  [['/etc/passwd'], /\/etc\/passwd/, /director/],
] as const) {
  it(`the bad option '${argv.join(' ')}' is one sentence and exit code 1`, async () => {
    expectSentence(await run(...argv), ...parts);
  });
}

it('--help prints the options and ends with exit code 0', async () => {
  const exit = await run('--help');
  expect(exit).toMatchObject({ code: 0, stderr: '' });
  for (const option of ['--port', '--dispatcher', '--max-connections', '--header-timeout']) {
    expect(exit.stdout).toContain(option);
  }
});

it('--version prints a version and ends with exit code 0', async () => {
  const exit = await run('--version');
  expect(exit).toMatchObject({ code: 0, stderr: '' });
  expect(exit.stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
});
