/**
 * The server that `amped show` looks at, in a process of its own, so that nobody else runs in its threads. It is told what to do
 * by messages, and ends with whoever has started it.
 */
import { startServer } from '../../assembly/serving.js';
import type { ServerOptions } from '../../config/options.js';

/** What it is told. */
export type Order = { readonly serve: ServerOptions } | 'record' | 'stop' | 'end';

/** What it says. */
export type Report =
  | { readonly serving: { readonly url: string; readonly dispatcher: string | undefined; readonly disk: string } }
  | { readonly failed: string }
  | 'recording'
  | { readonly trace: string };

/** It is told when to stop; should it not be, it stops. */
const MOST_MILLISECONDS = 60_000;

let end = (): void => process.exit(0);
let stop = new AbortController();
let recorded: Promise<Iterable<string> | undefined> | undefined;
let record = (): void => {};

process.on('disconnect', () => end());
// Ctrl+C reaches it too: whoever has started it says what is to be done.
process.on('SIGINT', () => {});
process.on('message', (order: Order) => void obey(order));

async function obey(order: Order): Promise<void> {
  if (order === 'record') record();
  else if (order === 'stop') {
    stop.abort();
    const pieces = await recorded;
    say({ trace: [...(pieces ?? [])].join('') });
  } else if (order === 'end') end();
  else await serve(order.serve);
}

async function serve(options: ServerOptions): Promise<void> {
  try {
    const server = await startServer(options);
    end = () => void server.close().finally(() => process.exit(0));
    record = () => {
      stop = new AbortController();
      recorded = server.trace(MOST_MILLISECONDS, stop.signal);
      say('recording');
    };
    const { url, dispatcher, disk } = server;
    say({ serving: { url, dispatcher, disk } });
  } catch (error) {
    say({ failed: error instanceof Error ? error.message : String(error) });
  }
}

function say(report: Report): void {
  process.send?.(report);
}
