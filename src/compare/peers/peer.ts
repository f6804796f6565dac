/** What must be known of another server: whether it is there, and the command that serves a directory in the foreground. */
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { Service } from '../contestant.js';

export interface Peer {
  readonly name: string;
  /** Its configuration in a few words. */
  readonly configuration: string;
  /** Whether a worker of it has one connection at a time. */
  readonly blocking?: true;
  /** It needs no program but this one. */
  readonly program?: string;
  /** By what names its program goes. */
  readonly programs: readonly string[];
  /** How one gets it. */
  readonly install: string;
  readonly versionArgument: string;
  /** Writes what configuration it needs to the scratch folder; program first, it serves until SIGTERM. */
  command(program: string, place: Place): readonly string[];
}

/** Where a peer serves, and for whom. */
export interface Place extends Pick<Service, 'directory' | 'scratch' | 'files' | 'processors'> {
  readonly port: number;
  readonly connections: number;
}

/** Not on everyone's PATH, but where Debian's servers are. */
const SYSTEM_FOLDERS = ['/usr/local/sbin', '/usr/sbin', '/usr/local/bin', '/usr/bin'];

/** The absolute path of the first of these programs that is there, or undefined. */
export function findProgram(names: readonly string[]): string | undefined {
  const folders = [...(process.env.PATH ?? '').split(delimiter).filter(Boolean), ...SYSTEM_FOLDERS];
  return names.flatMap((name) => folders.map((folder) => join(folder, name))).find(isProgram);
}

/** Whether there is a file at this path that can be started. */
export function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    // Absent or not executable: either way it cannot be started.
    return false;
  }
}

/** Whether what starts the servers is root: then some of them want another user for their workers. */
export function isRoot(): boolean {
  return process.getuid?.() === 0;
}
