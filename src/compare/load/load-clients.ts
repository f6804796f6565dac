/**
 * The processes of load clients. So the load costs the server no processor time where there is another, and its cost is its own.
 * One process makes many loads, one after the other: its code is compiled after the first, so that it is as fast for the second
 * server as it will be for the last.
 *
 * What it keeps true: all have ended when `end` has, and one that failed makes no other load.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { CLIENT_ENTRY } from '../client-entry.js';
import type { FromClient, ToClient } from './messages.js';
import type { LoadPlan } from './plan.js';
import type { LoadProgress, LoadResult } from './result.js';

/** How long it may take to give its result when it has been told that it is enough. */
const STOP_MILLISECONDS = 5000;

export interface RunLoadOptions {
  /** Ends the load early: what has been measured by then is the result, with `ended` 'stopped'. */
  readonly signal?: AbortSignal;
  /** What is asked beside the load that is measured: it has a process of its own, so that the other is always the same. */
  readonly beside?: boolean;
  /** Told several times a second how far it is. */
  readonly progress?: (progress: LoadProgress) => void;
}

export class LoadClients {
  readonly #all = new Set<ClientProcess>();
  readonly #resting: ClientProcess[] = [];
  readonly #restingBeside: ClientProcess[] = [];
  readonly #entry: URL;

  /** @param entry the script of the processes. */
  constructor(entry: URL = CLIENT_ENTRY) {
    this.#entry = entry;
  }

  /** Rejects with an Error whose message is a sentence for the user: a plan that cannot be done, or a server that is not there. */
  readonly run = async (plan: LoadPlan, options: RunLoadOptions = {}): Promise<LoadResult> => {
    const resting = options.beside === true ? this.#restingBeside : this.#resting;
    const client = this.#take(resting);
    try {
      const result = await client.run(plan, options);
      resting.push(client);
      return result;
    } catch (error) {
      this.#all.delete(client);
      await client.end();
      throw error;
    }
  };

  /** Ends all, whatever they do. */
  async end(): Promise<void> {
    await Promise.all([...this.#all].map((client) => client.end()));
  }

  #take(resting: ClientProcess[]): ClientProcess {
    for (let client = resting.pop(); client !== undefined; client = resting.pop()) {
      if (!client.hasEnded) return client;
      this.#all.delete(client);
    }
    const client = new ClientProcess(this.#entry);
    this.#all.add(client);
    return client;
  }
}

class ClientProcess {
  readonly #child: ChildProcess;
  #said = '';

  constructor(entry: URL) {
    this.#child = fork(fileURLToPath(entry), { stdio: ['ignore', 'ignore', 'pipe', 'ipc'], execArgv: [] });
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#said += text;
    });
  }

  get hasEnded(): boolean {
    const { pid, exitCode, signalCode } = this.#child;
    return pid === undefined || exitCode !== null || signalCode !== null;
  }

  /** One at a time. */
  run(plan: LoadPlan, { signal, progress }: RunLoadOptions): Promise<LoadResult> {
    const child = this.#child;
    this.#said = '';
    const over = new AbortController();
    const work = new Promise<LoadResult>((resolve, reject) => {
      const on = (event: 'message' | 'error' | 'close', listener: (...values: never[]) => void): void => {
        const heard = listener as (...values: unknown[]) => void;
        child.on(event, heard);
        over.signal.addEventListener('abort', () => child.off(event, heard));
      };
      on('message', (message: FromClient) => {
        if ('progress' in message) progress?.(message.progress);
        else if ('result' in message) resolve(message.result);
        else reject(new Error(message.error));
      });
      on('error', (error: Error) => reject(new Error(`The load client could not be started (${error.message}).`)));
      on('close', (code: number | null, killedBy: string | null) => {
        reject(new Error(this.#said.trim() || `The load client has ended without a result (${killedBy ?? code}).`));
      });
      const enough = (): void => {
        tell(child, { enough: true });
        const late = setTimeout(() => child.kill('SIGKILL'), STOP_MILLISECONDS).unref();
        over.signal.addEventListener('abort', () => clearTimeout(late));
      };
      tell(child, { plan });
      if (signal?.aborted === true) enough();
      else signal?.addEventListener('abort', enough, { once: true, signal: over.signal });
    });
    return work.finally(() => over.abort());
  }

  async end(): Promise<void> {
    if (this.hasEnded) return;
    const ended = once(this.#child, 'close');
    // It has nothing to do any more but to end, whatever else it thinks it has.
    this.#child.kill('SIGKILL');
    await ended;
  }
}

/** What cannot be told to one who has ended need not be. */
function tell(child: ChildProcess, message: ToClient): void {
  if (child.connected) child.send(message, () => {});
}
