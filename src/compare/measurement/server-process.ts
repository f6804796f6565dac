/**
 * A server that is compared: started on its processors in a process group of its own, so that Ctrl-C in a terminal reaches
 * only who compares; known to answer before anything is measured; and ended by process id, its descendants with it.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { killGroupAtEnd } from './clean-up.js';
import { pinned } from './cores.js';

const START_MILLISECONDS = 60_000;
/** And so much longer for each thread or process of it, of which there may be hundreds on one processor. */
const WORKER_MILLISECONDS = 500;
const STOP_MILLISECONDS = 5_000;
const LOOK_MILLISECONDS = 5;
/** What is kept of what it says: the last of it. */
const SAID_CHARACTERS = 4_000;

export interface StartedServer {
  /** The root of its process tree. */
  readonly pid: number;
  readonly url: string;
  /** Where its numbers are, if it has any. */
  readonly adminUrl?: string;
  /** How it ended by itself, in a sentence; undefined while it lives. */
  ended(): string | undefined;
  /** Ends it; resolves when it and its descendants have ended. */
  stop(): Promise<void>;
}

/** What starts a server. */
export interface Launch {
  /** Program first; it serves until SIGTERM. */
  readonly command: readonly string[];
  readonly url: string;
  readonly adminUrl?: string;
  /** A path that is answered when it serves. */
  readonly path: string;
  /** How many threads or processes of its own have to start (1). */
  readonly workers?: number;
  /** Where it runs: there is no configuration file to be found by chance. */
  readonly directory: string;
}

/** Starts a server and waits for its first answer; throws an Error with what it said when it ends or stays silent. */
export async function startServer(
  launch: Launch,
  cores: readonly number[],
  signal?: AbortSignal,
): Promise<StartedServer> {
  const [file, ...rest] = pinned(cores, launch.command);
  const { HOST: _host, PORT: _port, NOTIFY_SOCKET: _socket, ...environment } = process.env;
  // A file, since Node's pipes are sockets, which whoever opens /dev/stderr cannot have.
  const log = join(launch.directory, 'said.log');
  const output = openSync(log, 'a');
  const child = spawn(file as string, rest, {
    detached: true,
    stdio: ['ignore', output, output],
    cwd: launch.directory,
    env: environment,
  });
  closeSync(output);
  const said = (): string => readFileSync(log, 'utf8').slice(-SAID_CHARACTERS);
  const pid = child.pid;
  if (pid === undefined) {
    const [error] = (await once(child, 'error')) as [Error];
    throw new Error(`${file} cannot be started: ${error.message}.`);
  }
  const kill = killGroupAtEnd(pid);
  let stopping = false;
  const stop = async (): Promise<void> => {
    stopping = true;
    await stopServer(child, kill);
  };
  const ended = (): string | undefined => (stopping ? undefined : endOf(child, said));
  const began = performance.now();
  const patience = START_MILLISECONDS + WORKER_MILLISECONDS * (launch.workers ?? 1);
  while (!(await isReady(launch))) {
    const end = endOf(child, said);
    const late = performance.now() - began > patience;
    if (end === undefined && !late && !signal?.aborted) {
      await sleep(LOOK_MILLISECONDS);
      continue;
    }
    await stop();
    signal?.throwIfAborted();
    throw new Error(end ?? `It did not answer within ${Math.round(patience / 1000)} s. ${said().trim()}`.trim());
  }
  return { pid, url: launch.url, ...(launch.adminUrl && { adminUrl: launch.adminUrl }), ended, stop };
}

function endOf(child: ChildProcess, said: () => string): string | undefined {
  if (child.exitCode === null && child.signalCode === null) return undefined;
  const how = child.exitCode === null ? `was ended by ${child.signalCode}` : `ended with exit code ${child.exitCode}`;
  const last = said().trim().split('\n').slice(-3).join(' ').trim();
  return `The server ${how}${last === '' ? '' : `: ${last.slice(0, 600)}`}`;
}

/** Asks the root to end, and ends the rest of its group: `kill` does, when it has not ended in time as well. */
export async function stopServer(child: ChildProcess, kill: () => void): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) {
    const exited = once(child, 'exit');
    child.kill('SIGTERM');
    const giveUp = setTimeout(kill, STOP_MILLISECONDS);
    await exited;
    clearTimeout(giveUp);
  }
  // Whatever the root left behind is still in its group.
  kill();
}

/** Whether it serves; the numbers of a server with many workers are there a moment after the first of them. */
async function isReady({ url, adminUrl, path }: Launch): Promise<boolean> {
  return (await answers(url, path)) && (adminUrl === undefined || (await answers(adminUrl, '/readyz')));
}

/** Whether a request gets any answer at all. */
async function answers(url: string, path: string): Promise<boolean> {
  try {
    const response = await fetch(new URL(path, url), {
      headers: { connection: 'close' },
      redirect: 'manual',
      signal: AbortSignal.timeout(START_MILLISECONDS),
    });
    await response.arrayBuffer();
    return true;
  } catch {
    // Not yet, or never: whoever asks looks whether it still runs.
    return false;
  }
}

/** A port of 127.0.0.1 that nobody has. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('The listener has no port.');
  return address.port;
}
