/**
 * The attacker: Debian's slowhttptest, in its four ways. It does not open again what the server has closed, so it is
 * started anew until the time is over.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { onceAtEnd } from '../../src/compare/measurement/clean-up.js';
import { withDescriptors } from '../peers/descriptors.js';

export interface Attack {
  readonly name: string;
  /** What it does, in a few words. */
  readonly what: string;
  readonly options: readonly string[];
  /** What is asked for. */
  readonly path: string;
}

/** A file larger than all buffers of a connection. */
export const LARGE = '/large.bin';
export const SMALL = '/1kib.txt';

export const ATTACKS: readonly Attack[] = [
  {
    name: 'none',
    what: 'nothing, to compare with: what else the machine does is in all figures',
    options: [],
    path: SMALL,
  },
  { name: 'headers', what: 'a field of a head every 10 s', options: ['-H', '-i', '10', '-x', '24'], path: SMALL },
  {
    name: 'body',
    what: 'a few bytes of a body every 10 s',
    options: ['-B', '-i', '10', '-s', '8192', '-x', '10'],
    path: SMALL,
  },
  {
    name: 'read',
    what: 'three large files asked for, 32 bytes read every 5 s',
    options: ['-X', '-w', '512', '-y', '1024', '-n', '5', '-z', '32', '-k', '3'],
    path: LARGE,
  },
  {
    name: 'ranges',
    what: '1,500 ranges of a large file, and then the end',
    options: ['-R', '-a', '1', '-b', '1500', '-t', 'GET'],
    path: LARGE,
  },
];

/** Connections opened a second, as a share of all: an attack is whole after a few seconds. */
const RATE_SHARE = 0.2;
/** A run that ends at once would otherwise keep a processor busy by starting. */
const BETWEEN_MILLISECONDS = 200;

export interface AttackSeen {
  /** The most connections it said that it had open at once. */
  readonly connected: number;
  readonly runs: number;
}

/** Attacks for so many seconds. */
export async function attack(
  port: number,
  { options, path }: Attack,
  connections: number,
  seconds: number,
): Promise<AttackSeen> {
  const over = performance.now() + seconds * 1000;
  let connected = 0;
  let runs = 0;
  if (options.length === 0) await sleep(seconds * 1000);
  for (;;) {
    const left = Math.ceil((over - performance.now()) / 1000);
    if (left <= 0) return { connected, runs };
    const said = await runOnce(
      [
        ...options,
        ...['-c', String(connections), '-r', String(Math.ceil(connections * RATE_SHARE)), '-l', String(left)],
        ...['-p', '3', '-u', `http://127.0.0.1:${port}${path}`],
      ],
      left + 15,
    );
    connected = Math.max(connected, ...[...said.matchAll(/connected: +(\d+)/g)].map(([, count]) => Number(count)));
    runs++;
    await sleep(BETWEEN_MILLISECONDS);
  }
}

/** What it printed, without the colours. */
async function runOnce(options: readonly string[], seconds: number): Promise<string> {
  const [file, ...rest] = withDescriptors(['slowhttptest', ...options]);
  const child = spawn(file!, rest, { stdio: ['ignore', 'pipe', 'inherit'] });
  const kill = onceAtEnd(() => child.kill('SIGKILL'));
  const timer = setTimeout(kill, seconds * 1000);
  let said = '';
  child.stdout.on('data', (text) => {
    said += text;
  });
  await once(child, 'close');
  clearTimeout(timer);
  kill();
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the colours of a terminal begin with one
  return said.replace(/\x1b\[[0-9;]*[A-Za-z]/g, '');
}
