/**
 * What must not outlive a comparison, however it ends: servers, clients, temporary files. Each thing that was made adds how
 * to undo it; the undoing is synchronous, because it also runs when the process is about to exit. What would stay when the process
 * is killed adds a command as well, by which somebody else undoes it then (keeper.ts).
 */
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { killCommand, removeCommand, tellKeeper } from './keeper.js';

/** With the command that does the same; '' where nothing would stay. */
const undoings = new Map<() => void, string>();

/**
 * Adds an undoing; calling the answer does it now, and only once. @param command of a shell, which does the same when this process
 * cannot any more
 */
export function onceAtEnd(undo: () => void, command = ''): () => void {
  if (undoings.size === 0) process.on('exit', cleanUp);
  const once = (): void => {
    if (!undoings.delete(once)) return;
    if (undoings.size === 0) process.off('exit', cleanUp);
    try {
      undo();
    } finally {
      if (command !== '') tellKeeper(commandsLeft());
    }
  };
  undoings.set(once, command);
  if (command !== '') tellKeeper(commandsLeft());
  return once;
}

/** The latest first. */
function commandsLeft(): string[] {
  return [...undoings.values()].filter((command) => command !== '').reverse();
}

/** Undoes everything that is left, the latest first. */
export function cleanUp(): void {
  for (const undo of [...undoings.keys()].reverse()) {
    try {
      undo();
    } catch (error) {
      // The others still have to be undone.
      process.stderr.write(`While cleaning up: ${error instanceof Error ? error.message : String(error)}\n`);
    }
  }
}

export interface Folder {
  readonly path: string;
  /** Removes it and all in it. */
  remove(): void;
}

/** A folder that others may read: servers that start as root read it as somebody else. */
export function temporaryFolder(): Folder {
  const path = mkdtempSync(join(tmpdir(), `amped-compare-${process.pid}-`));
  chmodSync(path, 0o755);
  return { path, remove: onceAtEnd(() => rmSync(path, { recursive: true, force: true }), removeCommand(path)) };
}

/** Kills every process of a group at the end, or when the answer is called. */
export function killGroupAtEnd(group: number): () => void {
  return onceAtEnd(() => signalGroup(group, 'SIGKILL'), killCommand(group));
}

/** Signals every process of a group; a group that is gone is no error. */
export function signalGroup(group: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-group, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
