/**
 * The signals that end a measurement: the first one ends it early, and what has been measured by then is told; a second one
 * ends at once. A terminal that is closed says SIGHUP, sometimes twice, and nobody reads any more: only files are left to write.
 */
import { constants } from 'node:os';

export const STOP_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const;
export type StopSignal = (typeof STOP_SIGNALS)[number];

/** A second signal counts only after so long: npx passes on the one that the terminal has already sent to the whole group. */
const SAME_SIGNAL_MILLISECONDS = 100;

export interface Stopping {
  /** What has stopped it; undefined while nothing has. */
  readonly signal: StopSignal | undefined;
  /** Hears no more. */
  end(): void;
}

/** Calls `stop` at the first of them. */
export function stopAtSignals(stop: () => void): Stopping {
  let first: { readonly signal: StopSignal; readonly at: number } | undefined;
  const heard = (name: NodeJS.Signals): void => {
    const signal = name as StopSignal;
    const ready = signal === 'SIGHUP' ? outliveTerminal() : undefined;
    if (first === undefined) {
      first = { signal, at: Date.now() };
      if (ready === undefined) stop();
      else ready.then(stop, stop);
    } else if (signal !== 'SIGHUP' && Date.now() - first.at >= SAME_SIGNAL_MILLISECONDS) {
      process.exit(exitCodeOf(signal));
    }
  };
  for (const signal of STOP_SIGNALS) process.on(signal, heard);
  return {
    get signal() {
      return first?.signal;
    },
    end() {
      for (const signal of STOP_SIGNALS) process.off(signal, heard);
    },
  };
}

async function outliveTerminal(): Promise<void> {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', nothing);
  // At its end Node sets the terminal as it was before, and aborts where there is none any more.
  const { exitNow } = await import('../linux/process.js');
  process.on('exit', exitNow);
}

/** Of a process whose parent hears them, and tells it to end: a terminal sends them to all of a group. */
export function ignoreStopSignals(): void {
  for (const signal of STOP_SIGNALS) process.on(signal, nothing);
}

/** As shells have it. */
export function exitCodeOf(signal: StopSignal): number {
  return 128 + constants.signals[signal];
}

function nothing(): void {}
