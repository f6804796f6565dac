/** Runs the built command in a process of its own, as a user does. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

export interface Ended {
  /** The exit code, or the name of the signal that ended it. */
  readonly code: number | string;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Started {
  readonly process: ChildProcess;
  readonly url: string;
  /** The block that it printed. */
  readonly block: string;
  readonly ended: Promise<Ended>;
}

interface Settings {
  /** Added to an environment without HOST and PORT. */
  readonly environment?: NodeJS.ProcessEnv;
  readonly directory?: string;
  /** Arguments of node itself. */
  readonly node?: readonly string[];
}

interface Running {
  readonly process: ChildProcess;
  readonly said: { stdout: string; stderr: string };
  readonly ended: Promise<Ended>;
}

/** Runs it to its end. */
export function run(parameters: readonly string[], settings: Settings = {}): Promise<Ended> {
  return spawnCommand(parameters, settings).ended;
}

/** Starts a server and waits until it says that it serves. Throws what it said when it ends instead. */
export async function start(parameters: readonly string[], settings: Settings = {}): Promise<Started> {
  const running = spawnCommand(parameters, settings);
  const ready = new Promise<string>((resolve) => {
    running.process.stdout?.on('data', () => {
      // The process id is the last line of the block.
      if (/process +\d+\n/.test(running.said.stdout)) resolve(running.said.stdout);
    });
  });
  const first = await Promise.race([ready, running.ended]);
  if (typeof first !== 'string') throw new Error(`ended with ${first.code}: ${first.stdout}${first.stderr}`);
  const url = /http:\S+/.exec(first)?.[0] ?? '';
  return { process: running.process, url, block: first, ended: running.ended };
}

/** Starts it, whatever it is to do. */
export function spawnCommand(parameters: readonly string[], settings: Settings): Running {
  const { HOST: _host, PORT: _port, ...environment } = process.env;
  const child = spawn(process.execPath, [...(settings.node ?? []), MAIN, ...parameters], {
    cwd: settings.directory ?? process.cwd(),
    env: { ...environment, ...settings.environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text) => {
    said.stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text) => {
    said.stderr += text;
  });
  const ended = once(child, 'close').then(([code, signal]) => ({ code: (code ?? signal) as number | string, ...said }));
  return { process: child, said, ended };
}
