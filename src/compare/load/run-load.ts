/**
 * Runs the load client in a process of its own: a plan in, a result out.
 */
import type { LoadPlan } from './plan.js';
import type { LoadProgress, LoadResult } from './result.js';

export interface RunLoadOptions {
  /** Ends the load early: what has been measured by then is the result, with `ended` 'stopped'. */
  readonly signal?: AbortSignal;
  /** Told several times a second how far it is. */
  readonly progress?: (progress: LoadProgress) => void;
}

/** Rejects with an Error whose message is a sentence for the user: a plan that cannot be done, or a server that is not there. */
export async function runLoad(_plan: LoadPlan, _options: RunLoadOptions = {}): Promise<LoadResult> {
  throw new Error('The load client is not there yet.');
}
