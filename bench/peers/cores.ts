/** Which processor runs what: servers on one, clients and the bench itself on another, so that they do not compete. */
import { spawnSync } from 'node:child_process';
import { cpus } from 'node:os';

export const SERVER_CORE = 0;

/** On a machine with one processor they have to share it, and the figures are worth less. */
export const CLIENT_CORE = cpus().length > 1 ? 1 : 0;

/** The command, run on one processor. */
export function pinned(core: number, command: readonly string[]): string[] {
  return ['taskset', '--cpu-list', String(core), ...command];
}

/** Moves this process, and what it starts from now on, to the clients' processor. */
export function pinSelf(): void {
  spawnSync('taskset', ['--all-tasks', '--cpu-list', '--pid', String(CLIENT_CORE), String(process.pid)]);
}
