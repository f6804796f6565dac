/**
 * Amped under attack: the built server on a free port of 127.0.0.1, watched from outside (what it prints, its
 * descriptors, its memory), and ended by process id.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { onceAtEnd } from '../../src/compare/measurement/clean-up.js';
import { withDescriptors } from '../peers/descriptors.js';
import { processTree, proportionalSetSize } from '../peers/process-tree.js';
import { PROJECT } from '../peers/project.js';

const START_MILLISECONDS = 60_000;
const STOP_MILLISECONDS = 20_000;
const LOOK_AGAIN_MILLISECONDS = 50;

/** What each name of a model stands for on the command line. */
export const MODELS = {
  event: [],
  io_uring: ['--dispatcher', 'io_uring'],
  epoll: ['--dispatcher', 'epoll'],
  poll: ['--dispatcher', 'poll'],
  select: ['--dispatcher', 'select'],
  thread: ['--model', 'thread'],
  process: ['--model', 'process'],
} as const;

export type ModelName = keyof typeof MODELS;

export function isModelName(name: string): name is ModelName {
  return Object.hasOwn(MODELS, name);
}

/** Whether a connection holds a worker of its own, so that there are as many at once as workers. */
export function blocks(model: ModelName): boolean {
  return model === 'thread' || model === 'process';
}

/** How the server ended. */
export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export class Amped {
  readonly port: number;
  readonly pid: number;
  readonly #child: ChildProcess;
  readonly #printed: { output: string; errors: string };

  private constructor(child: ChildProcess, port: number, printed: { output: string; errors: string }) {
    this.#child = child;
    this.port = port;
    this.pid = child.pid as number;
    this.#printed = printed;
  }

  /** Starts it and waits until it says where it serves. AMPED_DIST names the build, the project's dist/ otherwise. */
  static async start(directory: string, options: readonly string[]): Promise<Amped> {
    const command = join(process.env.AMPED_DIST ?? join(PROJECT, 'dist'), 'cli/main.js');
    const [file, ...rest] = withDescriptors([process.execPath, command, directory, '--port', '0', ...options]);
    const { PORT: _port, HOST: _host, FORCE_COLOR: _colour, ...environment } = process.env;
    const child = spawn(file!, rest, { env: environment, stdio: ['ignore', 'pipe', 'pipe'] });
    onceAtEnd(() => child.kill('SIGKILL'));
    const printed = { output: '', errors: '' };
    child.stdout.on('data', (text) => {
      printed.output += text;
    });
    child.stderr.on('data', (text) => {
      printed.errors += text;
    });
    for (const began = performance.now(); ; ) {
      const address = /http:\/\/127\.0\.0\.1:(\d+)\//.exec(printed.output);
      if (address !== null) return new Amped(child, Number(address[1]), printed);
      if (child.exitCode !== null || performance.now() - began > START_MILLISECONDS) {
        child.kill('SIGKILL');
        throw new Error(`The server did not start.\n${printed.output}${printed.errors}`);
      }
      await sleep(LOOK_AGAIN_MILLISECONDS);
    }
  }

  get running(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** What it has printed on standard error. */
  get errors(): string {
    return this.#printed.errors;
  }

  /** Its processes, the first one first. */
  processes(): number[] {
    return processTree(this.pid);
  }

  /** Open descriptors of all its processes. */
  descriptors(): number {
    return this.processes().reduce((sum, pid) => sum + descriptorsOf(pid), 0);
  }

  /** The memory of all its processes (PSS), in bytes. */
  memoryBytes(): number {
    return proportionalSetSize(this.pid);
  }

  /** Waits until no more descriptors are open than so many, and gives how many are. */
  async descriptorsWithin(most: number, milliseconds: number): Promise<number> {
    for (const began = performance.now(); ; ) {
      const open = this.descriptors();
      if (open <= most || performance.now() - began > milliseconds) return open;
      await sleep(LOOK_AGAIN_MILLISECONDS);
    }
  }

  /** SIGTERM, and SIGKILL when that does not end it. */
  async stop(): Promise<Ending> {
    if (this.running) {
      // Not 'exit': its last words may come behind that.
      const exited = once(this.#child, 'close');
      this.#child.kill('SIGTERM');
      const timer = setTimeout(() => this.#child.kill('SIGKILL'), STOP_MILLISECONDS);
      await exited;
      clearTimeout(timer);
    }
    return { code: this.#child.exitCode, signal: this.#child.signalCode };
  }
}

function descriptorsOf(pid: number): number {
  try {
    return readdirSync(`/proc/${pid}/fd`).length;
  } catch {
    // It has ended since its parent was asked for its children.
    return 0;
  }
}
