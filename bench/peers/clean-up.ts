/**
 * What must not outlive the bench, however it ends: servers, clients, temporary files. Each thing that was made adds
 * how to undo it; the undoing is synchronous, because it also runs when the process is about to exit.
 */
const undoings = new Set<() => void>();

/** Adds an undoing; calling the answer does it now, and only once. */
export function onceAtEnd(undo: () => void): () => void {
  const once = () => {
    if (undoings.delete(once)) undo();
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

/** Cleans up when the process exits, and makes Ctrl-C and SIGTERM an exit. */
export function cleanUpAtExit(): void {
  process.on('exit', cleanUp);
  process.on('SIGINT', () => process.exit(130));
  process.on('SIGTERM', () => process.exit(143));
}
