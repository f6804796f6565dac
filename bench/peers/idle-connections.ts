/**
 * Opens connections that have one request answered and then stay open. The client is a process of its own
 * (idle-client.js), so that its memory and its thousands of sockets are not in this one.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { onceAtEnd } from '../../src/compare/measurement/clean-up.js';
import { CLIENT_CORE, pinned } from './cores.js';
import { withDescriptors } from './descriptors.js';
import { benchFile } from './project.js';

export interface IdleConnections {
  /** How many the server has closed so far. */
  lost(): number;
  close(): Promise<void>;
}

/** What idle-client.js says, a line of JSON each time. */
interface Report {
  readonly open: number;
  readonly lost: number;
}

/** Resolves when all are open and answered; throws when the client cannot open them. */
export async function openIdleConnections(port: number, path: string, count: number): Promise<IdleConnections> {
  const [file, ...rest] = withDescriptors(
    pinned(CLIENT_CORE, [process.execPath, benchFile('idle-client.js'), String(port), path, String(count)]),
  );
  const child = spawn(file!, rest, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const kill = onceAtEnd(() => child.kill('SIGKILL'));
  let latest: Report = { open: 0, lost: 0 };
  try {
    await new Promise<void>((resolve, reject) => {
      child.on('message', (report: Report) => {
        latest = report;
        if (report.open + report.lost >= count) resolve();
      });
      child.on('exit', (code) => reject(new Error(`The client of idle connections ended with ${code}.`)));
    });
  } catch (error) {
    kill();
    throw error;
  }
  return { lost: () => latest.lost, close: () => end(child, kill) };
}

async function end(child: ChildProcess, kill: () => void): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  kill();
  await exited;
}
