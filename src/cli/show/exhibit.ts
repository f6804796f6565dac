/**
 * One architecture at work: a server of its own on a small site, a few requests at once, and what is known of them
 * afterwards: the trace, when each was sent and answered, and the context switches of every thread.
 *
 * What it keeps true: whatever happens, the server has ended and the site is gone when this has.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { ServerOptions } from '../../config/options.js';
import { threadsOf, usageOfThread } from '../../metrics/proc.js';
import { processTree } from '../../metrics/proc-tree.js';
import { Client, type Exchange } from './client.js';
import type { Order, Report } from './server.js';

const FILE_BYTES = 16_384;
/** Long enough for workers that wait to hear that they are being traced. */
const HEAR_MILLISECONDS = 80;
/** How often what is in memory is asked for before the picture is taken: code that runs for the first time is slow. */
const WARM_UPS = 12;
/** Until it comes at once, but not more often than that. */
const MOST_WARM_UPS = 100;
/** What has just been written is read anew in each second of the clock. The picture is taken in the one it was read in. */
const SECOND = 1000;
const LATEST_IN_SECOND = 500;

/** The requests, from A on. */
export interface ShownRequest extends Exchange {
  readonly letter: string;
  readonly path: string;
  /** Its file is not in memory: the disk is needed. */
  readonly cold: boolean;
}

export interface Switches {
  readonly voluntary: number;
  readonly involuntary: number;
}

export interface Exhibit {
  readonly options: ServerOptions;
  readonly dispatcher: string | undefined;
  readonly disk: string;
  readonly requests: readonly ShownRequest[];
  /** JSON. */
  readonly trace: string;
  /** Of each thread, by the kernel's number. */
  readonly switches: ReadonlyMap<number, Switches>;
}

/** The architecture cannot be had here; the message says why. */
export class NotHereError extends Error {
  override name = 'NotHereError';
}

/** `entry`: the script of the server. Throws NotHereError. */
export async function exhibit(options: ServerOptions, count: number, entry: URL): Promise<Exhibit> {
  const root = mkdtempSync(join(tmpdir(), 'amped-show-'));
  const child = fork(entry, {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    execArgv: [],
  });
  const ended = once(child, 'exit');
  const remove = (): void => rmSync(root, { recursive: true, force: true });
  process.once('exit', remove);
  try {
    return await watch(child, { ...options, root }, count);
  } finally {
    if (child.connected) child.disconnect();
    await ended;
    remove();
    process.off('exit', remove);
  }
}

async function watch(child: ChildProcess, options: ServerOptions, count: number): Promise<Exhibit> {
  const letters = Array.from({ length: count }, (_, index) => String.fromCharCode(65 + index));
  const requests = letters.map((letter, index) => ({ letter, path: `/${letter}.txt`, cold: index % 2 === 0 }));
  const cold = requests.filter((request) => request.cold).map(({ letter }) => `/warm-up-${letter}.txt`);
  const cached = requests.filter((request) => !request.cold).map(({ path }) => path);
  for (const path of [...requests.map((request) => request.path), ...cold]) {
    writeFileSync(join(options.root, path), path.padEnd(FILE_BYTES, '.'));
  }
  const report = await told<{ failed: string } | Extract<Report, { serving: object }>>(child, { serve: options });
  if ('failed' in report) throw new NotHereError(report.failed);
  const { url, dispatcher, disk } = report.serving;
  const client = new Client(url);
  // Helpers are started when they are needed.
  await client.get(cold);
  await warmUp(client, cached, options.inject.diskLatencyMilliseconds);
  const sockets = await client.connect(count);
  await told(child, 'record');
  await pause(HEAR_MILLISECONDS);
  const before = switchesOf(child.pid as number);
  const exchanges = await client.ask(
    sockets,
    requests.map(({ path }) => path),
  );
  const after = switchesOf(child.pid as number);
  const { trace } = await told<{ trace: string }>(child, 'stop');
  const switches = new Map<number, Switches>();
  for (const [thread, { voluntary, involuntary }] of after) {
    const then = before.get(thread) ?? { voluntary: 0, involuntary: 0 };
    switches.set(thread, { voluntary: voluntary - then.voluntary, involuntary: involuntary - then.involuntary });
  }
  const shown = requests.map((request, index) => ({ ...request, ...(exchanges[index] as Exchange) }));
  return { options, dispatcher, disk, requests: shown, trace, switches };
}

/** Asks for what shall be in memory until it is there, for whoever answers. */
async function warmUp(client: Client, paths: readonly string[], latencyMilliseconds: number): Promise<void> {
  let inMemory = 0;
  for (let time = 0; time < MOST_WARM_UPS; time++) {
    if (inMemory === WARM_UPS) {
      const inSecond = Date.now() % SECOND;
      if (inSecond <= LATEST_IN_SECOND) return;
      await pause(SECOND - inSecond);
      inMemory = 0;
    }
    const began = performance.now();
    await client.get(paths);
    if (performance.now() - began < latencyMilliseconds) inMemory++;
  }
}

/** Tells the server something; gives what it says then. */
async function told<Answer>(child: ChildProcess, order: Order): Promise<Answer> {
  const gone = new AbortController();
  child.once('exit', () => gone.abort());
  const answer = once(child, 'message', { signal: gone.signal });
  child.send(order);
  const [said] = await answer.catch(() => {
    throw new Error('The server has ended before its picture was taken.');
  });
  return said as Answer;
}

function switchesOf(pid: number): Map<number, Switches> {
  const switches = new Map<number, Switches>();
  for (const each of processTree(pid)) {
    for (const thread of threadsOf(each)) {
      const usage = usageOfThread(each, thread);
      if (usage === undefined) continue;
      switches.set(thread, { voluntary: usage.voluntarySwitches, involuntary: usage.involuntarySwitches });
    }
  }
  return switches;
}
