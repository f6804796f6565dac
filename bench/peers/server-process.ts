/**
 * A server under measurement: started on its processor in a process group of its own (Apache signals its group when it
 * stops), known to answer before anything is measured, and ended by process id, its descendants with it.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { onceAtEnd, signalGroup } from '../../src/compare/measurement/clean-up.js';
import { freePort, stopServer } from '../../src/compare/measurement/server-process.js';
import { limited, type MemoryUse } from './control-groups.js';
import { pinned, SERVER_CORE } from './cores.js';
import { withDescriptors } from './descriptors.js';
import type { Peer, Service } from './peer.js';

const START_MILLISECONDS = 30_000;

export interface ServerProcess {
  /** The root of the server's process tree. */
  readonly pid: number;
  readonly port: number;
  /** From starting the program to the first byte of its first answer. */
  readonly startMilliseconds: number;
  /** What its memory is used for, where it is limited. */
  memoryUse(): MemoryUse | undefined;
  /** What it has printed. */
  said(): string;
  /** Ends it; resolves when it has ended. */
  stop(): Promise<void>;
}

/** Starts a peer and waits for its answer to `path`; throws with what it said when it ends or stays silent. */
export async function startServer(
  peer: Peer,
  program: string,
  service: Omit<Service, 'port'>,
  path: string,
): Promise<ServerProcess> {
  const port = await freePort();
  const { memoryBytes, readsPerSecond } = service.demand;
  const groups = limited({ memoryBytes, readsPerSecond, folder: service.directory });
  const command = withDescriptors(pinned(SERVER_CORE, peer.command(program, { ...service, port })));
  const [file, ...rest] = groups.under(command);
  const said = join(service.scratch, 'said.log');
  const log = openSync(said, 'w');
  const started = performance.now();
  const child = spawn(file!, rest, { detached: true, stdio: ['ignore', log, log], cwd: service.scratch });
  closeSync(log);
  const pid = child.pid;
  if (pid === undefined) {
    const [error] = (await once(child, 'error')) as [Error];
    throw error;
  }
  const kill = onceAtEnd(() => signalGroup(pid, 'SIGKILL'));
  const stop = async () => {
    await stopServer(child, kill);
    await groups.remove();
  };

  while (!(await answers(port, path))) {
    if (child.exitCode !== null || child.signalCode !== null || performance.now() - started > START_MILLISECONDS) {
      await stop();
      const end = child.exitCode === null ? 'did not answer' : `ended with exit code ${child.exitCode}`;
      throw new Error(`${peer.name} ${end}. ${readFileSync(said, 'utf8').slice(-600).trim()}`);
    }
    await sleep(1);
  }
  return {
    ...{ pid, port, startMilliseconds: performance.now() - started, stop },
    memoryUse: () => groups.memoryUse(),
    said: () => readFileSync(said, 'utf8'),
  };
}

/** Whether a request gets any answer at all. */
function answers(port: number, path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.write(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: close\r\n\r\n`);
    });
    socket.setTimeout(START_MILLISECONDS, () => socket.destroy());
    socket.once('data', () => {
      resolve(true);
      socket.destroy();
    });
    socket.on('error', () => resolve(false));
    socket.on('close', () => resolve(false));
  });
}
