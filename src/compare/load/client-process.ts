/**
 * The load client as a process of its own: whoever has started it sends a plan, may say that it is enough, and is sent
 * progress and the result. It ends when that one does, and hears no Ctrl+C itself, which a terminal sends to both.
 */
import { dieWithParent, waitExactly } from '../../linux/process.js';
import { loadHere } from './load-here.js';
import type { FromClient, ToClient } from './messages.js';

const enough = new AbortController();

dieWithParent();
waitExactly();
process.on('SIGINT', () => {});
process.on('disconnect', () => process.exit(1));
process.on('message', (message: ToClient) => {
  if ('plan' in message) void run(message);
  else enough.abort();
});

async function run({ plan }: Extract<ToClient, { plan: unknown }>): Promise<void> {
  try {
    say({ result: await loadHere(plan, { signal: enough.signal, progress: (progress) => say({ progress }) }) });
  } catch (error) {
    const isMeant = error instanceof Error && !(error instanceof TypeError || error instanceof RangeError);
    say({ error: isMeant ? error.message : String((error as Error).stack ?? error) });
  }
}

function say(message: FromClient): void {
  process.send?.(message);
}
