/**
 * Runs the load client in a process of its own: a plan in, a result out. So it costs the server no processor time where
 * there is another, and its cost is its own.
 *
 * What it keeps true: whatever happens, the process has ended when the promise has settled.
 */
import { type ChildProcess, fork } from 'node:child_process';
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
  /** Told several times a second how far it is. */
  readonly progress?: (progress: LoadProgress) => void;
}

/** Rejects with an Error whose message is a sentence for the user: a plan that cannot be done, or a server that is not there. */
export function runLoad(plan: LoadPlan, options: RunLoadOptions = {}): Promise<LoadResult> {
  const { signal, progress } = options;
  return new Promise((resolve, reject) => {
    const child = fork(fileURLToPath(CLIENT_ENTRY), { stdio: ['ignore', 'ignore', 'pipe', 'ipc'], execArgv: [] });
    let said = '';
    let outcome: Exclude<FromClient, { progress: unknown }> | undefined;
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
    const enough = (): void => {
      tell(child, { enough: true });
      setTimeout(() => child.kill('SIGKILL'), STOP_MILLISECONDS).unref();
    };
    child.on('message', (message: FromClient) => {
      if ('progress' in message) {
        progress?.(message.progress);
      } else {
        outcome = message;
        // It has nothing to do any more but to end, whatever else it thinks it has.
        child.kill('SIGKILL');
      }
    });
    child.on('error', (error) => reject(new Error(`The load client could not be started (${error.message}).`)));
    child.on('close', (code, killedBy) => {
      signal?.removeEventListener('abort', enough);
      if (outcome !== undefined && 'result' in outcome) resolve(outcome.result);
      else if (outcome !== undefined) reject(new Error(outcome.error));
      else reject(new Error(said.trim() || `The load client has ended without a result (${killedBy ?? code}).`));
    });
    tell(child, { plan });
    if (signal?.aborted === true) enough();
    else signal?.addEventListener('abort', enough, { once: true });
  });
}

/** What cannot be told to one who has ended need not be. */
function tell(child: ChildProcess, message: ToClient): void {
  if (child.connected) child.send(message, () => {});
}
