/**
 * amped load URL: asks a server over and over and says how fast it answered.
 *
 * The first Ctrl+C ends the load and prints what has been measured by then; a second one ends at once. The client is a process
 * of its own and never outlives this one.
 */
import { constants } from 'node:os';
import { completePlan } from '../compare/load/complete-plan.js';
import type { LoadPlan } from '../compare/load/plan.js';
import type { LoadProgress } from '../compare/load/result.js';
import { runLoad } from '../compare/load/run-load.js';
import { LOAD_FLAGS } from '../config/load-flags.js';
import { readFlags } from '../config/subcommand-flags.js';
import { loadHelp, planOf } from './load-plan.js';
import { exitCodeOf, loadReport, progressLine } from './load-report.js';
import { unsupported } from './platform.js';

const STOP_SIGNALS = ['SIGINT', 'SIGTERM'] as const;
/** A second signal counts only after so long: npx passes on the one that the terminal has already sent to the whole group. */
const SAME_SIGNAL_MILLISECONDS = 100;
const CLEAR_LINE = '\r\x1b[K';

/** What it gives is the exit code. Throws an Error whose message is a sentence for the user. */
export async function run(parameters: readonly string[]): Promise<number> {
  const given = readFlags('load', LOAD_FLAGS, parameters);
  if (given.help) {
    process.stdout.write(loadHelp());
    return 0;
  }
  const plan = planOf(given);
  completePlan(plan);
  const reason = unsupported(process);
  if (reason !== undefined) throw new Error(reason);
  return load(plan, given.values.json);
}

async function load(plan: LoadPlan, json: boolean): Promise<number> {
  const enough = new AbortController();
  let stoppedBy: (typeof STOP_SIGNALS)[number] | undefined;
  let stoppedAt = 0;
  const stop = (signal: NodeJS.Signals): void => {
    const name = signal as (typeof STOP_SIGNALS)[number];
    if (stoppedBy === undefined) {
      stoppedBy = name;
      stoppedAt = Date.now();
      enough.abort();
    } else if (Date.now() - stoppedAt >= SAME_SIGNAL_MILLISECONDS) {
      // The client hears of the end of this process, whatever it is doing.
      process.exit(128 + constants.signals[name]);
    }
  };
  for (const signal of STOP_SIGNALS) process.on(signal, stop);
  // Only for somebody who looks on.
  const looksOn = process.stderr.isTTY === true;
  const progress = (far: LoadProgress): void => void process.stderr.write(CLEAR_LINE + progressLine(plan, far));
  try {
    const result = await runLoad(plan, { signal: enough.signal, ...(looksOn ? { progress } : {}) });
    if (looksOn) process.stderr.write(CLEAR_LINE);
    process.stdout.write(json ? `${JSON.stringify({ plan, result }, undefined, 2)}\n` : loadReport(plan, result));
    return stoppedBy === undefined ? exitCodeOf(result) : 128 + constants.signals[stoppedBy];
  } finally {
    for (const signal of STOP_SIGNALS) process.off(signal, stop);
  }
}
