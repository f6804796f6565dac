/**
 * What must not outlive a comparison, however it ends: servers, clients, temporary files. Each thing that was made adds how
 * to undo it; the undoing is synchronous, because it also runs when the process is about to exit.
 */
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const undoings = new Set<() => void>();

/** Adds an undoing; calling the answer does it now, and only once. */
export function onceAtEnd(undo: () => void): () => void {
  if (undoings.size === 0) process.on('exit', cleanUp);
  const once = (): void => {
    if (!undoings.delete(once)) return;
    if (undoings.size === 0) process.off('exit', cleanUp);
    undo();
  };
  undoings.add(once);
  return once;
}

/** Undoes everything that is left, the latest first. */
export function cleanUp(): void {
  for (const undo of [...undoings].reverse()) {
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
  return { path, remove: onceAtEnd(() => rmSync(path, { recursive: true, force: true })) };
}

/** Signals every process of a group; a group that is gone is no error. */
export function signalGroup(group: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-group, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
