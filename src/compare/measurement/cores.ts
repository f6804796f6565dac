/**
 * Which processors run what: each server has one of its own, and the client another, so that they do not compete. On a
 * machine with one processor they have to share it, and the figures say so.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

export interface Cores {
  /** Empty where nothing can be pinned. */
  readonly server: readonly number[];
  readonly client: readonly number[];
}

/** Those that this process may use: the first for servers, the last for the client. */
export function chooseCores(): Cores {
  const allowed = allowedCores();
  if (allowed.length === 0 || spawnSync('taskset', ['--version']).status !== 0) return { server: [], client: [] };
  return { server: [allowed[0] as number], client: [allowed.at(-1) as number] };
}

/** The command, run on these processors and no others. */
export function pinned(cores: readonly number[], command: readonly string[]): string[] {
  return cores.length === 0 ? [...command] : ['taskset', '--cpu-list', cores.join(), ...command];
}

/** As proc(5) has them: `0-3,6`. */
function allowedCores(): number[] {
  const list = /^Cpus_allowed_list:\s*(\S+)/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '';
  return list.split(',').flatMap((part) => {
    const [from = Number.NaN, to = from] = part.split('-').map(Number);
    return Number.isNaN(from) ? [] : Array.from({ length: to - from + 1 }, (_, index) => from + index);
  });
}
