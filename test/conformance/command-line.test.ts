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
  [['--model', 'magic'], /--model/, /process/, /thread/, /event/],
  [['--model', 'thread', '--dispatcher', 'epoll'], /--dispatcher/, /event/],
  [['--model', 'process', '--loops', '2'], /--loops/, /event/],
  [['--model', 'process', '--loops-in', 'threads'], /--loops-in/, /event/],
  [['--model', 'thread', '--disk', 'helpers'], /--disk/, /blocking/],
  [['--model', 'thread', '--shared-cache'], /--shared-cache/, /process/],
  [['--model', 'event', '--workers', '3'], /--workers/, /process/, /thread/],
  [['--workers', '3'], /--workers/, /process/, /thread/],
  [['--min-spare', '1'], /--min-spare/, /process/, /thread/],
  [['--model', 'process', '--workers', '4', '--min-spare', '3', '--max-spare', '2'], /--min-spare/, /--max-spare/],
  [['--model', 'process', '--workers', '4', '--max-spare', '5'], /--max-spare/, /--workers/],
  [['--workers', '0', '--model', 'process'], /--workers/],
  [['--loops', 'many'], /--loops/, /auto/],
  [['--loops', '2', '--loops-in', 'fibres'], /--loops-in/, /threads/, /processes/],
  [['--model', 'process', '--inject', 'moon=1s'], /--inject/, /worker-throw/],
  [['--disk', 'floppy'], /--disk/, /auto/, /blocking/, /helpers/, /io_uring/],
  [['--disk', 'blocking', '--helpers', '2'], /--helpers/, /--disk/],
  [['--helpers', '0'], /--helpers/, /64/],
  [['--inject', 'disk-error=200%'], /--inject/, /disk-error=PERCENT/],
  [['--inject', 'disk-latency=20'], /--inject/, /disk-latency=TIME/],
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
