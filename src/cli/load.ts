/**
 * amped load URL: asks a server over and over and says how fast it answered.
 *
 * The first Ctrl+C, or another signal that asks a process to end, ends the load and prints what has been measured by then; a
 * second one ends at once. The client is a process of its own and never outlives this one.
 */
import { completePlan } from '../compare/load/complete-plan.js';
import type { LoadPlan } from '../compare/load/plan.js';
import type { LoadProgress } from '../compare/load/result.js';
import { runLoad } from '../compare/load/run-load.js';
import { exitCodeOf as exitCodeOfSignal, stopAtSignals } from '../compare/stop-signals.js';
import { LOAD_FLAGS } from '../config/load-flags.js';
import { readFlags } from '../config/subcommand-flags.js';
import { loadHelp, planOf } from './load-plan.js';
import { exitCodeOf, loadReport, progressLine } from './load-report.js';
import { unsupported } from './platform.js';

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
  // The client hears of the end of this process, whatever it is doing.
  const stopping = stopAtSignals(() => enough.abort());
  // Only for somebody who looks on.
  const looksOn = process.stderr.isTTY === true;
  const progress = (far: LoadProgress): void => void process.stderr.write(CLEAR_LINE + progressLine(plan, far));
  try {
    const result = await runLoad(plan, { signal: enough.signal, ...(looksOn ? { progress } : {}) });
    if (looksOn) process.stderr.write(CLEAR_LINE);
    process.stdout.write(json ? `${JSON.stringify({ plan, result }, undefined, 2)}\n` : loadReport(plan, result));
    return stopping.signal === undefined ? exitCodeOf(result) : exitCodeOfSignal(stopping.signal);
  } finally {
    stopping.end();
  }
}
