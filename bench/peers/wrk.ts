/** wrk, the load client: its command line and what it prints. One thread, on the clients' processor. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { onceAtEnd } from '../../src/compare/measurement/clean-up.js';
import { CLIENT_CORE, pinned } from './cores.js';

/** What to ask for. */
export interface Load {
  /** The path of every request, or of the first when a script chooses. */
  readonly path: string;
  readonly connections: number;
  /** Further fields of the request head. */
  readonly fields?: ReadonlyArray<readonly [name: string, value: string]>;
  /** A wrk script (Lua) that makes the requests, and its arguments. */
  readonly script?: readonly [path: string, ...rest: string[]];
}

export interface LoadResult {
  readonly requests: number;
  /** Bytes received, heads included; wrk rounds to three figures or more. */
  readonly bytes: number;
  readonly requestsPerSecond: number;
  /** Latencies in microseconds. */
  readonly p50: number;
  readonly p99: number;
  /** What went wrong in wrk's words; empty when nothing did. */
  readonly errors: readonly string[];
}

const MICROSECONDS: Readonly<Record<string, number>> = { us: 1, ms: 1e3, s: 1e6, m: 60e6, h: 3600e6 };
const BYTES: Readonly<Record<string, number>> = { B: 1, KB: 2 ** 10, MB: 2 ** 20, GB: 2 ** 30, TB: 2 ** 40 };

/** Runs wrk against a port of 127.0.0.1. */
export async function runWrk(port: number, load: Load, seconds: number): Promise<LoadResult> {
  const [file, ...rest] = pinned(CLIENT_CORE, [
    ...['wrk', '--threads', '1', '--connections', String(load.connections), '--duration', `${seconds}s`],
    ...['--latency', '--timeout', '60s'],
    ...(load.fields ?? []).flatMap(([name, value]) => ['--header', `${name}: ${value}`]),
    ...(load.script === undefined ? [] : ['--script', load.script[0]]),
    `http://127.0.0.1:${port}${load.path}`,
    ...(load.script === undefined ? [] : ['--', ...load.script.slice(1)]),
  ]);
  const child = spawn(file!, rest, { stdio: ['ignore', 'pipe', 'pipe'] });
  const done = onceAtEnd(() => child.kill('SIGKILL'));
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  const [code] = (await once(child, 'close')) as [number | null];
  done();
  if (code !== 0) throw new Error(`wrk ended with ${code}: ${said.trim()}`);
  return readWrk(said);
}

/** Reads what wrk printed; throws when it served nothing. */
export function readWrk(text: string): LoadResult {
  const total = /(\d+) requests in [\d.]+\w+, ([\d.]+)([KMGT]?B) read/.exec(text);
  if (total === null) throw new Error(`wrk printed no total: ${text.trim()}`);
  return {
    requests: Number(total[1]),
    bytes: Number(total[2]) * BYTES[total[3]!]!,
    requestsPerSecond: Number(/Requests\/sec: +([\d.]+)/.exec(text)?.[1] ?? 0),
    p50: percentile(text, 50),
    p99: percentile(text, 99),
    errors: [...text.matchAll(/^ *((?:Socket errors|Non-2xx).*)$/gm)].map((match) => match[1]!.trim()),
  };
}

function percentile(text: string, percent: number): number {
  const match = new RegExp(`^ *${percent}% +([\\d.]+)(us|ms|s|m|h)$`, 'm').exec(text);
  return match === null ? 0 : Number(match[1]) * MICROSECONDS[match[2]!]!;
}
