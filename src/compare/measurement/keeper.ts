/**
 * Somebody who is still there when this process has been killed, or had no memory left, and clears up behind it: a shell, which
 * is told in a line of commands what is to be done then, and anew whenever that changes. When it hears no more it obeys the last
 * whole line.
 *
 * What it keeps true: it has a session of its own, so that what a terminal or a shell sends to a group does not reach it, and it
 * ends when there is nothing left to clear up.
 */
import { type ChildProcess, spawn } from 'node:child_process';

const SCRIPT = 'todo=:; while IFS= read -r line; do todo=$line; done; eval "$todo"';
const NOTHING = ':';

let keeper: ChildProcess | undefined;

/** What to do when this process is gone; none: there is nothing to be cleared up. */
export function tellKeeper(commands: readonly string[]): void {
  if (commands.length > 0) keeper ??= startKeeper();
  keeper?.stdin?.write(`${commands.length > 0 ? commands.join('; ') : NOTHING}\n`);
  if (commands.length > 0) return;
  keeper?.stdin?.end();
  keeper = undefined;
}

function startKeeper(): ChildProcess {
  const child = spawn('sh', ['-c', SCRIPT], { detached: true, cwd: '/', stdio: ['pipe', 'ignore', 'ignore'] });
  // Without it, all is cleared up that can be at the end of this process itself.
  child.on('error', () => {});
  child.stdin.on('error', () => {});
  child.unref();
  // It is a socket, as Node makes its pipes.
  (child.stdin as unknown as { unref(): void }).unref();
  return child;
}

/** Ends every process of a group. */
export function killCommand(group: number): string {
  return `kill -s KILL -- -${group}`;
}

/** Removes a folder and all in it. */
export function removeCommand(path: string): string {
  return isLine(path) ? `rm -rf -- ${quoted(path)}` : NOTHING;
}

/** Removes an empty folder, which may have to become empty first: a control group does when its last process is gone. */
export function removeEmptyCommand(path: string): string {
  if (!isLine(path)) return NOTHING;
  return `for again in 1 2 3 4 5 6 7 8 9 10; do rmdir -- ${quoted(path)} && break; sleep 0.1; done`;
}

/** What has a line break in it cannot be told, and must not be cut. */
function isLine(path: string): boolean {
  return !path.includes('\n');
}

function quoted(path: string): string {
  return `'${path.replaceAll("'", `'\\''`)}'`;
}
