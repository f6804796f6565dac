/** The client of readers-client.js: those who ask for what is in memory, alone and beside those who read what is not. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { onceAtEnd } from '../../src/compare/measurement/clean-up.js';
import { CLIENT_CORE, pinned } from './cores.js';
import type { Times } from './measure.js';
import { benchFile } from './project.js';

export interface ReadersLoad extends Times {
  /** What is in memory, and how many connections ask for it. */
  readonly path: string;
  readonly connections: number;
  /** How many connections read, of so many folders with so many files in each. */
  readonly readers: number;
  readonly folders: number;
  readonly files: number;
}

interface Measured {
  readonly requests: number;
  /** Microseconds. */
  readonly p50: number;
  readonly p99: number;
}

export interface ReadersResult {
  readonly alone: Measured;
  readonly beside: Measured;
  /** Files that were read meanwhile. */
  readonly read: number;
  readonly errors: readonly string[];
}

export async function runReaders(port: number, load: ReadersLoad): Promise<ReadersResult> {
  const { path, connections, readers, folders, files, warmUpSeconds, seconds } = load;
  const numbers = [connections, readers, folders, files, warmUpSeconds, seconds].map(String);
  const [file, ...rest] = pinned(CLIENT_CORE, [
    ...[process.execPath, benchFile('readers-client.js'), String(port), path, ...numbers],
  ]);
  const child = spawn(file!, rest, { stdio: ['ignore', 'pipe', 'inherit'] });
  const done = onceAtEnd(() => child.kill('SIGKILL'));
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  const [code] = (await once(child, 'close')) as [number | null];
  done();
  if (code !== 0) throw new Error(`the client ended with ${code}`);
  return JSON.parse(said) as ReadersResult;
}
