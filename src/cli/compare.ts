/**
 * amped compare [DIR]: which architecture, dispatcher and disk strategy serves a directory best on this machine, by how much,
 * and why.
 *
 * What it keeps true: the first Ctrl-C ends the measurement, shows what there is so far and leaves no process behind; a second
 * one ends at once. The tables go to standard output, what is being done to standard error.
 */
import { constants } from 'node:os';
import { compare, estimate, namesOf } from '../compare/compare.js';
import { LoadClients } from '../compare/load/load-clients.js';
import { planComparison } from '../compare/plan-comparison.js';
import { namesIn, requireCommon } from '../compare/report/changes.js';
import { readResults } from '../compare/results/read-results.js';
import type { Results } from '../compare/results/results.js';
import { COMPARE_FLAGS } from '../config/compare-flags.js';
import { readFlags } from '../config/subcommand-flags.js';
import { checkOutputs, writeOutputs } from './compare-outputs.js';
import { compareHelp, listText, wishesOf } from './compare-wishes.js';
import { unsupported } from './platform.js';
import { ProgressLine } from './progress-line.js';

const STOP_SIGNALS = ['SIGINT', 'SIGTERM'] as const;
/** A second signal counts only after so long: npx passes on the one that the terminal has already sent to the whole group. */
const SAME_SIGNAL_MILLISECONDS = 100;

/** What it gives is the exit code: 1 when something could not be measured. Throws an Error whose message is a sentence for the user. */
export async function run(parameters: readonly string[]): Promise<number> {
  const given = readFlags('compare', COMPARE_FLAGS, parameters);
  const { values } = given;
  if (given.help || values.list) {
    process.stdout.write(given.help ? compareHelp() : listText());
    return 0;
  }
  const earlier = values.against === undefined ? undefined : readResults(values.against);
  if (values.from !== undefined) {
    const results = readResults(values.from);
    if (earlier !== undefined) requireCommon(earlier, values.against ?? '', namesIn(results));
    await writeOutputs(results, values, earlier);
    return 0;
  }
  const wishes = wishesOf(given);
  checkOutputs(values);
  const reason = unsupported(process);
  if (reason !== undefined) throw new Error(reason);
  const plan = planComparison(wishes);
  if (earlier !== undefined) requireCommon(earlier, values.against ?? '', namesOf(plan));
  const line = new ProgressLine(process.stderr, estimate(plan));
  const controller = new AbortController();
  const stoppedBy = stopAtSignals(controller, line);
  const clients = new LoadClients();
  let results: Results;
  try {
    results = await compare(plan, {
      runLoad: clients.run,
      signal: controller.signal,
      progress: (text, share) => line.show(text, share),
    });
  } finally {
    await clients.end();
    line.end();
  }
  await writeOutputs(results, values, earlier);
  const signal = stoppedBy();
  if (signal !== undefined) return 128 + constants.signals[signal];
  return results.complete && results.workloads.every(({ verdict }) => verdict !== undefined) ? 0 : 1;
}

/** Gives what stopped it, if anything has. */
function stopAtSignals(controller: AbortController, line: ProgressLine): () => NodeJS.Signals | undefined {
  let first: { readonly signal: NodeJS.Signals; readonly at: number } | undefined;
  for (const signal of STOP_SIGNALS) {
    process.on(signal, () => {
      if (first === undefined) {
        first = { signal, at: Date.now() };
        line.say('Stopping: what has been measured so far follows; a second signal ends at once.');
        controller.abort();
      } else if (Date.now() - first.at >= SAME_SIGNAL_MILLISECONDS) process.exit(128 + constants.signals[signal]);
    });
  }
  return () => first?.signal;
}
