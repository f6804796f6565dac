/**
 * Runs an experiment in a process of its own on one processor: a module of this folder, which is given JSON and prints JSON,
 * one line for each thing that it has found out. It does not outlive who asks; who has heard enough keeps what it has found by then.
 */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { killGroupAtEnd } from '../measurement/clean-up.js';
import { pinned } from '../measurement/cores.js';

const SAID_CHARACTERS = 2_000;

/** Calls `found` for each line; resolves at the end, which `signal` makes come early. Throws an Error with what it said when it fails. */
export async function runPinned(
  module: string,
  input: unknown,
  cores: readonly number[],
  signal: AbortSignal,
  found: (line: unknown) => void,
): Promise<void> {
  if (signal.aborted) return;
  const path = fileURLToPath(new URL(module, import.meta.url));
  const [file, ...rest] = pinned(cores, [process.execPath, path, JSON.stringify(input)]);
  const child = spawn(file as string, rest, { stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  const { pid } = child;
  if (pid === undefined) throw new Error(`${file} cannot be started.`);
  const kill = killGroupAtEnd(pid);
  signal.addEventListener('abort', kill, { once: true });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-SAID_CHARACTERS);
  });
  createInterface({ input: child.stdout }).on('line', (line) => {
    // The last one may have been cut short.
    if (!signal.aborted || line.endsWith('}')) found(JSON.parse(line));
  });
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  signal.removeEventListener('abort', kill);
  kill();
  if (code !== 0 && !signal.aborted)
    throw new Error(`The experiment ${module} ended with ${code}: ${said.trim().split('\n').at(-1) ?? ''}`);
}
