/**
 * How many descriptors the servers may open. Ten thousand connections need more than the usual limit, and lighttpd
 * wants two for each: the limit is raised as far as is allowed.
 */
import { spawnSync } from 'node:child_process';

const WANTED = 65_536;

/** The limit that everything started with withDescriptors has. */
export const DESCRIPTORS = raisable() ? WANTED : hardLimit();

/** The command, run with that limit. */
export function withDescriptors(command: readonly string[]): string[] {
  return ['prlimit', `--nofile=${DESCRIPTORS}:${DESCRIPTORS}`, ...command];
}

function raisable(): boolean {
  return spawnSync('prlimit', [`--nofile=${WANTED}:${WANTED}`, 'true']).status === 0;
}

function hardLimit(): number {
  return Number(spawnSync('sh', ['-c', 'ulimit -Hn'], { encoding: 'utf8' }).stdout) || 1024;
}
