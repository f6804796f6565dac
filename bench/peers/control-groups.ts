/**
 * Limits on a server by control groups of its own: on its memory, page cache included, and on how often it may read from the
 * disk. Version 1 (the kernel's admin-guide/cgroup-v1: memory.rst, blkio-controller.rst) or version 2 (cgroup-v2.rst).
 * Only root may have them.
 */
import { existsSync, mkdirSync, readFileSync, rmdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { onceAtEnd } from '../../src/compare/measurement/clean-up.js';

/** What a server may have; what is undefined is not limited. */
export interface Limits {
  /** Of its processes and of the page cache that holds what it has read, in bytes. */
  readonly memoryBytes?: number | undefined;
  /** Reads of the disk that `folder` is on, in a second. */
  readonly readsPerSecond?: number | undefined;
  readonly folder: string;
}

/** What limited memory was used for, in bytes. */
export interface MemoryUse {
  readonly processMemory: number;
  readonly pageCache: number;
}

export interface ControlGroups {
  /** The command, run under the limits. */
  under(command: readonly string[]): string[];
  /** Undefined where memory is not limited. */
  memoryUse(): MemoryUse | undefined;
  /** To be called when all that ran under them has ended. */
  remove(): Promise<void>;
}

/** Version 2 lies here itself, version 1 in a folder for each controller. */
const ROOT = '/sys/fs/cgroup';
/** A group can be removed when the last of its processes is gone, which may be a moment after it was killed. */
const REMOVALS = 100;
const REMOVAL_PAUSE_MILLISECONDS = 20;

/** A setting: where, and what is written there. */
type Setting = readonly [folder: string, file: string, value: string];

/** Throws an Error with a sentence where there can be no such limits. */
export function limited(limits: Limits): ControlGroups {
  const second = existsSync(join(ROOT, 'cgroup.controllers'));
  const settings = second ? settingsOf2(limits) : settingsOf1(limits);
  const folders = [...new Set(settings.map(([folder]) => folder))];
  const removeNow = onceAtEnd(() => {
    for (const folder of folders) if (existsSync(folder)) rmdirSync(folder);
  });
  try {
    if (second && folders.length > 0) writeFileSync(join(ROOT, 'cgroup.subtree_control'), '+memory +io');
    for (const folder of folders) mkdirSync(folder);
    for (const [folder, file, value] of settings) writeFileSync(join(folder, file), value);
  } catch (error) {
    removeNow();
    throw new Error(`No limits can be set here: ${error instanceof Error ? error.message : error}.`);
  }
  return {
    under(command) {
      if (folders.length === 0) return [...command];
      // The shell enters the groups, which are its positional parameters up to '--', and becomes the command.
      const enter = 'while [ "$1" != -- ]; do echo $$ > "$1/cgroup.procs" || exit 1; shift; done; shift; exec "$@"';
      return ['sh', '-c', enter, 'enter', ...folders, '--', ...command];
    },
    memoryUse() {
      if (limits.memoryBytes === undefined) return undefined;
      const text = readFileSync(join(folders[0]!, 'memory.stat'), 'utf8');
      const of = (name: string): number => Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(text)?.[1] ?? 0);
      return { processMemory: of(second ? 'anon' : 'rss'), pageCache: of(second ? 'file' : 'cache') };
    },
    async remove() {
      for (let attempt = 1; attempt < REMOVALS && folders.some(isBusy); attempt++)
        await sleep(REMOVAL_PAUSE_MILLISECONDS);
      removeNow();
    },
  };
}

function settingsOf1({ memoryBytes, readsPerSecond, folder }: Limits): Setting[] {
  const name = `amped-bench-${process.pid}`;
  const settings: Setting[] = [];
  if (memoryBytes !== undefined) {
    settings.push([join(ROOT, 'memory', name), 'memory.limit_in_bytes', String(memoryBytes)]);
  }
  if (readsPerSecond !== undefined) {
    const limit = `${diskOf(folder)} ${readsPerSecond}`;
    settings.push([join(ROOT, 'blkio', name), 'blkio.throttle.read_iops_device', limit]);
  }
  return settings;
}

function settingsOf2({ memoryBytes, readsPerSecond, folder }: Limits): Setting[] {
  const group = join(ROOT, `amped-bench-${process.pid}`);
  const settings: Setting[] = [];
  if (memoryBytes !== undefined) settings.push([group, 'memory.max', String(memoryBytes)]);
  if (readsPerSecond !== undefined) settings.push([group, 'io.max', `${diskOf(folder)} riops=${readsPerSecond}`]);
  return settings;
}

/** The whole disk that a folder is on, as MAJOR:MINOR: partitions cannot be limited. */
function diskOf(folder: string): string {
  const { dev } = statSync(folder);
  // As glibc's makedev(3) packs them.
  const major = (dev >> 8) & 0xfff;
  const minor = (dev & 0xff) | ((dev >> 12) & 0xfff00);
  const device = `/sys/dev/block/${major}:${minor}`;
  if (!existsSync(device)) throw new Error(`${folder} is on no disk (device ${major}:${minor}).`);
  if (!existsSync(join(device, 'partition'))) return `${major}:${minor}`;
  return readFileSync(join(device, '..', 'dev'), 'utf8').trim();
}

function isBusy(folder: string): boolean {
  return existsSync(folder) && readFileSync(join(folder, 'cgroup.procs'), 'utf8') !== '';
}
