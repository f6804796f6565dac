/** Opens streams of events by a client of its own process (streams-client.js), and counts what comes to each. */
import { type ChildProcess, spawn } from 'node:child_process';
import { onceAtEnd } from '../../src/compare/measurement/clean-up.js';
import { CLIENT_CORE, pinned } from './cores.js';
import { withDescriptors } from './descriptors.js';
import { benchFile } from './project.js';

export interface EventStreams {
  /** How many have begun. */
  readonly open: number;
  /** Settles when all have ended: the events that came in all, and how many streams came to the end that the server tells. */
  readonly ended: Promise<{ readonly events: number; readonly whole: number }>;
  close(): void;
}

/** Resolves when all have begun; rejects when the client ends before. */
export async function openEventStreams(port: number, path: string, count: number): Promise<EventStreams> {
  const [file, ...rest] = withDescriptors(
    pinned(CLIENT_CORE, [process.execPath, benchFile('streams-client.js'), String(port), path, String(count)]),
  );
  const child = spawn(file!, rest, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const close = onceAtEnd(() => child.kill('SIGKILL'));
  const ended = told<{ events: number; whole: number }>(child, 'whole');
  // Whoever waits for it hears of it.
  ended.catch(() => {});
  const { open } = await told<{ open: number }>(child, 'open');
  return { open, ended, close };
}

function told<Report extends object>(child: ChildProcess, word: string): Promise<Report> {
  return new Promise((resolve, reject) => {
    child.on('message', (report: object) => {
      if (word in report) resolve(report as Report);
    });
    child.on('exit', (code) => reject(new Error(`The client of event streams ended with ${code}.`)));
  });
}
