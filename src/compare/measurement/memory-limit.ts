/**
 * A limit on the memory of a server, the page cache that holds what it has read included: a control group of its own, of
 * version 1 (the kernel's admin-guide/cgroup-v1/memory.rst) or 2 (cgroup-v2.rst). Only root may have one.
 */
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { onceAtEnd } from './clean-up.js';
import { removeEmptyCommand } from './keeper.js';

export interface MemoryLimit {
  /** The command, run under the limit. */
  under(command: readonly string[]): string[];
  /** To be called when all that ran under it has ended. */
  remove(): Promise<void>;
}

/** Version 2 lies here itself, version 1 in a folder for each controller. */
const ROOT = '/sys/fs/cgroup';
/** A group can be removed when the last of its processes is gone, which may be a moment after it was killed. */
const REMOVALS = 100;
const REMOVAL_PAUSE_MILLISECONDS = 20;

let groups = 0;

/** Throws an Error with a sentence where there can be no limit. */
export function limitMemory(bytes: number): MemoryLimit {
  const second = existsSync(join(ROOT, 'cgroup.controllers'));
  const group = join(ROOT, ...(second ? [] : ['memory']), `amped-compare-${process.pid}-${++groups}`);
  const removeNow = onceAtEnd(() => {
    if (existsSync(group)) rmdirSync(group);
  }, removeEmptyCommand(group));
  try {
    if (second) writeFileSync(join(ROOT, 'cgroup.subtree_control'), '+memory');
    mkdirSync(group);
    writeFileSync(join(group, second ? 'memory.max' : 'memory.limit_in_bytes'), String(bytes));
  } catch (error) {
    removeNow();
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(`The memory of a server cannot be limited here, which takes root and a control group: ${why}.`);
  }
  return {
    under(command) {
      // The shell enters the group and becomes the command.
      return ['sh', '-c', 'echo $$ > "$1/cgroup.procs" || exit 1; shift; exec "$@"', 'enter', group, ...command];
    },
    async remove() {
      for (let attempt = 1; attempt < REMOVALS && isBusy(group); attempt++) await sleep(REMOVAL_PAUSE_MILLISECONDS);
      removeNow();
    },
  };
}

function isBusy(group: string): boolean {
  return existsSync(group) && readFileSync(join(group, 'cgroup.procs'), 'utf8') !== '';
}
