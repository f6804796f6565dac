/**
 * The built server as a child process: started on a free port, watched from outside, ended by its own process id.
 *
 * Nothing of the server is imported: what is tested is what a user runs. AMPED_DIST names the build to test, the
 * repository's dist/ otherwise.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Architecture } from './architectures.js';
import { childrenOf, descriptorTargets, processorMilliseconds, threadsOf } from './proc.js';

export const COMMAND = resolve(
  process.env.AMPED_DIST ?? fileURLToPath(new URL('../../dist', import.meta.url)),
  'cli/main.js',
);

/** Many workers on a busy machine take their time. */
const START_MILLISECONDS = 20_000;
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

/** What the open descriptors of all processes of a server are. */
export interface Descriptors {
  readonly all: number;
  readonly sockets: number;
  /** Neither sockets nor files: the kernel's own, pipes, devices. */
  readonly others: number;
  /** Regular files, by path, each with how many times it is open in the process that has it open most often. */
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
  readonly architecture: Architecture;
  readonly #child: RunningCommand;

  private constructor(child: RunningCommand, port: number, architecture: Architecture) {
    this.#child = child;
    this.port = port;
    this.architecture = architecture;
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
      if (address !== null) return new ServerProcess(child, Number(address[1]), architecture);
      if (child.ended || Date.now() > deadline) {
        child.process.kill('SIGKILL');
        throw new Error(`The server did not start.\n${child.stdout}\n${child.stderr}`);
      }
      await sleep(LOOK_AGAIN_MILLISECONDS / 4);
    }
  }

  /** Ends what a case that failed has left running, at once; those that are `kept` stay. */
  static async endOthers(...kept: readonly (ServerProcess | undefined)[]): Promise<void> {
    for (const server of ServerProcess.#running) {
      if (kept.includes(server)) continue;
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

  /**
   * Who serves: its worker processes, or all its threads, of which those that are workers cannot be told from others. In
   * no order.
   */
  workers(): number[] {
    return this.architecture.workers?.where === 'processes' ? childrenOf(this.pid) : threadsOf(this.pid);
  }

  /** The original process and those that it has started. */
  processes(): number[] {
    return [this.pid, ...(this.architecture.workers?.where === 'processes' ? childrenOf(this.pid) : [])];
  }

  /** Used by all its processes since they began. */
  processorMilliseconds(): number {
    return this.processes().reduce((sum, pid) => sum + processorMilliseconds(pid), 0);
  }

  descriptors(): Descriptors {
    const files = new Map<string, number>();
    let all = 0;
    let sockets = 0;
    let others = 0;
    for (const pid of this.processes()) {
      const here = new Map<string, number>();
      for (const target of descriptorTargets(pid)) {
        all += 1;
        if (target.startsWith('socket:')) sockets += 1;
        else if (target.startsWith('/') && !target.startsWith('/dev/')) here.set(target, (here.get(target) ?? 0) + 1);
        else others += 1;
      }
      for (const [path, times] of here) files.set(path, Math.max(times, files.get(path) ?? 0));
    }
    return { all, sockets, others, files };
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
