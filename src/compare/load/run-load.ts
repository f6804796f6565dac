/** One load, by a process that ends with it: a plan in, a result out. */
import { LoadClients, type RunLoadOptions } from './load-clients.js';
import type { LoadPlan } from './plan.js';
import type { LoadResult } from './result.js';

/** Rejects with an Error whose message is a sentence for the user: a plan that cannot be done, or a server that is not there. */
export async function runLoad(plan: LoadPlan, options: RunLoadOptions = {}): Promise<LoadResult> {
  const clients = new LoadClients();
  try {
    return await clients.run(plan, options);
  } finally {
    await clients.end();
  }
}
