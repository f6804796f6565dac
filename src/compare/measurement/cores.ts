/**
 * Which processors run what: each server has one of its own, or as many as were asked for, and the client another, so that they
 * do not compete. Where the servers have all that there are they have to share them with it, and the figures say so.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { OptionError } from '../../config/option-error.js';

export interface Cores {
  /** Empty where nothing can be pinned. */
  readonly server: readonly number[];
  /** One of its own; or, where the servers have all, the same. */
  readonly client: readonly number[];
}

/**
 * Of those that this process may use the first for servers, the last for the client.
 * @param processors how many each server gets. Throws OptionError where there are fewer, or they cannot be kept apart.
 */
export function chooseCores(processors = 1, allowed = allowedCores(), canPin = hasTaskset()): Cores {
  if (allowed.length === 0 || !canPin) {
    if (processors === 1) return { server: [], client: [] };
    throw new OptionError(
      '--processors needs taskset, which keeps a server on its processors: apt-get install util-linux.',
    );
  }
  if (processors > allowed.length) {
    throw new OptionError(
      `--processors must be at most ${allowed.length}, the number of those that may be used here, not ${processors}.`,
    );
  }
  const server = allowed.slice(0, processors);
  // Where all are shared the kernel finds a place for the client: on one of them it would be the same loop that suffers.
  return { server, client: processors === allowed.length ? server : allowed.slice(-1) };
}

function hasTaskset(): boolean {
  return spawnSync('taskset', ['--version']).status === 0;
}

/** Whether the client has no processor of its own. */
export function areShared({ server, client }: Cores): boolean {
  return server.length > 0 && client.every((core) => server.includes(core));
}

/** The command, run on these processors and no others. */
export function pinned(cores: readonly number[], command: readonly string[]): string[] {
  return cores.length === 0 ? [...command] : ['taskset', '--cpu-list', cores.join(), ...command];
}

/** As proc(5) has them: `0-3,6`. */
export function allowedCores(): number[] {
  const list = /^Cpus_allowed_list:\s*(\S+)/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '';
  return list.split(',').flatMap((part) => {
    const [from = Number.NaN, to = from] = part.split('-').map(Number);
    return Number.isNaN(from) ? [] : Array.from({ length: to - from + 1 }, (_, index) => from + index);
  });
}
