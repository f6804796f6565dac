/**
 * The built server as a child process: started on a free port, watched from outside, ended by its own process id.
 *
 * Nothing of the server is imported: what is tested is what a user runs. AMPED_DIST names the build to test, the
 * repository's dist/ otherwise.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readlinkSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Architecture } from './architectures.js';

export const COMMAND = resolve(
  process.env.AMPED_DIST ?? fileURLToPath(new URL('../../dist', import.meta.url)),
  'cli/main.js',
);

const START_MILLISECONDS = 10_000;
const STOP_MILLISECONDS = 15_000;
const SETTLE_MILLISECONDS = 5000;
const LOOK_AGAIN_MILLISECONDS = 20;

/** How a process ended. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** What the open descriptors of a process are. */
export interface Descriptors {
  readonly all: number;
  readonly sockets: number;
  /** Regular files, by path, each with how many times it is open. */
  readonly files: ReadonlyMap<string, number>;
}

/** Runs the command with these arguments until it ends by itself. */
export async function run(...argv: readonly string[]): Promise<Exit> {
  const child = new RunningCommand(argv);
  const timer = setTimeout(() => child.process.kill('SIGKILL'), STOP_MILLISECONDS);
  const exit = await child.exited;
  clearTimeout(timer);
  return exit;
}

class RunningCommand {
  readonly process: ChildProcess;
  readonly exited: Promise<Exit>;
  stdout = '';
  stderr = '';
  ended = false;

  constructor(argv: readonly string[]) {
    const { PORT: _port, HOST: _host, FORCE_COLOR: _colour, ...environment } = process.env;
    this.process = spawn(process.execPath, [COMMAND, ...argv], { env: environment, stdio: ['ignore', 'pipe', 'pipe'] });
    this.process.stdout?.on('data', (text) => {
      this.stdout += text;
    });
    this.process.stderr?.on('data', (text) => {
      this.stderr += text;
    });
    this.exited = once(this.process, 'close').then(([code, signal]) => {
      this.ended = true;
      return { code, signal, stdout: this.stdout, stderr: this.stderr };
    });
  }
}

export class ServerProcess {
  static readonly #running = new Set<ServerProcess>();
  readonly port: number;
  readonly pid: number;
  readonly #child: RunningCommand;

  private constructor(child: RunningCommand, port: number) {
    this.#child = child;
    this.port = port;
    this.pid = child.process.pid as number;
    ServerProcess.#running.add(this);
    void child.exited.then(() => ServerProcess.#running.delete(this));
  }

  /** Starts it and waits until it says where it serves. The port is a free one unless the options name one. */
  static async start(architecture: Architecture, directory: string, ...options: string[]): Promise<ServerProcess> {
    const port = options.includes('--port') ? [] : ['--port', '0'];
    const child = new RunningCommand([directory, ...port, ...architecture.options, ...options]);
    const deadline = Date.now() + START_MILLISECONDS;
    for (;;) {
      const address = /http:\/\/127\.0\.0\.1:(\d+)\//.exec(child.stdout);
      if (address !== null) return new ServerProcess(child, Number(address[1]));
      if (child.ended || Date.now() > deadline) {
        child.process.kill('SIGKILL');
        throw new Error(`The server did not start.\n${child.stdout}\n${child.stderr}`);
      }
      await sleep(LOOK_AGAIN_MILLISECONDS / 4);
    }
  }

  /** Ends what a case that failed has left running, at once; `kept` stays. */
  static async endOthers(kept: ServerProcess): Promise<void> {
    for (const server of ServerProcess.#running) {
      if (server === kept) continue;
      server.signal('SIGKILL');
      await server.exited;
    }
  }

  get stdout(): string {
    return this.#child.stdout;
  }

  get stderr(): string {
    return this.#child.stderr;
  }

  get running(): boolean {
    return !this.#child.ended;
  }

  /** Settles when the process has ended, whatever ended it. */
  get exited(): Promise<Exit> {
    return this.#child.exited;
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.process.kill(signal);
  }

  /** SIGTERM, and SIGKILL when that does not end it; how it ended. */
  async stop(): Promise<Exit> {
    if (this.running) this.signal('SIGTERM');
    const timer = setTimeout(() => this.signal('SIGKILL'), STOP_MILLISECONDS);
    const exit = await this.exited;
    clearTimeout(timer);
    return exit;
  }

  descriptors(): Descriptors {
    const files = new Map<string, number>();
    let all = 0;
    let sockets = 0;
    for (const descriptor of readdirSync(`/proc/${this.pid}/fd`)) {
      let target: string;
      try {
        target = readlinkSync(`/proc/${this.pid}/fd/${descriptor}`);
      } catch {
        // Closed since the directory was read.
        continue;
      }
      all += 1;
      if (target.startsWith('socket:')) sockets += 1;
      else if (target.startsWith('/') && !target.startsWith('/dev/')) files.set(target, (files.get(target) ?? 0) + 1);
    }
    return { all, sockets, files };
  }

  /** Waits until the descriptors are as described, and gives the last ones seen either way. */
  async descriptorsWhen(asExpected: (descriptors: Descriptors) => boolean): Promise<Descriptors> {
    const deadline = Date.now() + SETTLE_MILLISECONDS;
    for (;;) {
      const descriptors = this.descriptors();
      if (asExpected(descriptors) || Date.now() > deadline) return descriptors;
      await sleep(LOOK_AGAIN_MILLISECONDS);
    }
  }
}

export function sleep(milliseconds: number): Promise<void> {
  return new Promise((done) => setTimeout(done, milliseconds));
}

/** Asks again and again until the answer is yes; whether it ever was. */
export async function eventually(ask: () => boolean | Promise<boolean>, milliseconds = 3000): Promise<boolean> {
  const deadline = Date.now() + milliseconds;
  for (;;) {
    if (await ask()) return true;
    if (Date.now() > deadline) return false;
    await sleep(LOOK_AGAIN_MILLISECONDS);
  }
}
