/** One paragraph about where and with what figures were made, to stand beside them. */
import { spawnSync } from 'node:child_process';
import { cpus, release } from 'node:os';
import type { Contestant } from './run.js';

/** The machine, and each server's version and configuration, as Markdown. */
export function describe(contestants: readonly Contestant[]): string {
  const processors = `${cpus().length} processors (${cpus()[0]?.model.trim() ?? 'unknown'})`;
  return [
    `${new Date().toISOString().slice(0, 10)}, Linux ${release()}, ${processors}, Node ${process.versions.node}`,
    '',
    ...contestants.map((one) => `- ${one.peer.name}${version(one)}: ${one.peer.configuration}`),
  ].join('\n');
}

function version({ peer, program }: Contestant): string {
  if (peer.versionArgument === undefined) return '';
  const { stdout, stderr } = spawnSync(program, [peer.versionArgument], { encoding: 'utf8', timeout: 10_000 });
  const number = /\d+\.\d+(\.\d+)?/.exec(`${stdout ?? ''}${stderr ?? ''}`)?.[0];
  return number === undefined ? '' : ` ${number}`;
}
