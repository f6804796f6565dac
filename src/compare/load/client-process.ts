/**
 * The load client as a process of its own: whoever has started it sends a plan, may say that it is enough, and is sent
 * progress and the result; then it waits for the next plan. It ends when that one does, and hears neither Ctrl+C itself nor the
 * end of a terminal, which are sent to both.
 */
import { dieWithParent, waitExactly } from '../../linux/process.js';
import { ignoreStopSignals } from '../stop-signals.js';
import { loadHere } from './load-here.js';
import type { FromClient, ToClient } from './messages.js';
import type { LoadPlan } from './plan.js';

/** Of the plan that is under way. */
let enough: AbortController | undefined;

dieWithParent();
waitExactly();
ignoreStopSignals();
process.on('disconnect', () => process.exit(1));
process.on('message', (message: ToClient) => {
  if ('plan' in message) void run(message.plan);
  else enough?.abort();
});

async function run(plan: LoadPlan): Promise<void> {
  const own = new AbortController();
  enough = own;
  let outcome: FromClient;
  try {
    outcome = { result: await loadHere(plan, { signal: own.signal, progress: (progress) => say({ progress }) }) };
  } catch (error) {
    const isMeant = error instanceof Error && !(error instanceof TypeError || error instanceof RangeError);
    outcome = { error: isMeant ? error.message : String((error as Error).stack ?? error) };
  }
  // What is said too late is not meant for the next one.
  enough = undefined;
  say(outcome);
}

function say(message: FromClient): void {
  process.send?.(message);
}
