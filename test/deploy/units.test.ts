/** The units of systemd: what systemd itself says of them, where it is installed. It does not have to run. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ROOT } from '../architecture/source.js';

const ANALYZE = '/usr/bin/systemd-analyze';
const unit = (name: string): string => join(ROOT, 'deploy', name);

function analyze(...parameters: readonly string[]): { status: number | null; said: string } {
  const { status, stdout, stderr } = spawnSync(ANALYZE, parameters, { encoding: 'utf8', timeout: 30_000 });
  return { status, said: `${stdout}${stderr}` };
}

/** Whether systemd-analyze is here and can look at units without a running systemd (252 and later). */
function unavailable(): string | undefined {
  if (!existsSync(ANALYZE)) return `There is no ${ANALYZE} here.`;
  const version = Number(/^systemd (\d+)/.exec(analyze('--version').said)?.[1]);
  return version >= 252 ? undefined : `systemd is ${version} here, and not 252.`;
}

it('systemd finds nothing wrong with them', (context) => {
  const reason = unavailable();
  if (reason !== undefined) context.skip(reason);
  // Where it finds no command of that name it says so: it is not installed for a test.
  const said = analyze('verify', '--man=no', unit('amped.service'), unit('amped.socket')).said;
  expect(said.split('\n').filter((line) => line.includes('amped'))).toEqual([]);
});

it('the exposure that systemd sees is low, and what the docs say', (context) => {
  const reason = unavailable();
  if (reason !== undefined) context.skip(reason);
  const { said } = analyze('security', '--offline=true', unit('amped.service'));
  const exposure = /Overall exposure level for amped\.service: ([\d.]+) OK/.exec(said)?.[1];
  expect(Number(exposure), said).toBeLessThan(2);
  // Other versions look at other things.
  if (!/^systemd 252/.test(analyze('--version').said)) return;
  expect(readFileSync(join(ROOT, 'docs/deploy.md'), 'utf8')).toContain(`${exposure} OK`);
});
