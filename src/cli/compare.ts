/**
 * amped compare [DIR]: which architecture, dispatcher and disk strategy serves a directory best on this machine, by how much,
 * and why.
 *
 * What it keeps true: the first Ctrl-C ends the measurement, shows what there is so far and leaves no process behind; a second
 * one ends at once. So do the other signals that ask a process to end (stop-signals.ts). The tables go to standard output, what is
 * being done to standard error.
 */
import { compare, estimate, namesOf } from '../compare/compare.js';
import { LoadClients } from '../compare/load/load-clients.js';
import { planComparison } from '../compare/plan-comparison.js';
import { namesIn, requireCommon } from '../compare/report/changes.js';
import { readResults } from '../compare/results/read-results.js';
import type { Results } from '../compare/results/results.js';
import { exitCodeOf, stopAtSignals } from '../compare/stop-signals.js';
import { COMPARE_FLAGS } from '../config/compare-flags.js';
import { readFlags } from '../config/subcommand-flags.js';
import { checkOutputs, writeOutputs } from './compare-outputs.js';
import { compareHelp, listText, wishesOf } from './compare-wishes.js';
import { unsupported } from './platform.js';
import { ProgressLine } from './progress-line.js';

/** What it gives is the exit code: 1 when something could not be measured. Throws an Error whose message is a sentence for the user. */
export async function run(parameters: readonly string[]): Promise<number> {
  const given = readFlags('compare', COMPARE_FLAGS, parameters);
  const { values } = given;
  if (given.help || values.list) {
    process.stdout.write(given.help ? compareHelp() : listText());
    return 0;
  }
  checkOutputs(values);
  const earlier = values.against === undefined ? undefined : readResults(values.against);
  if (values.from !== undefined) {
    const results = readResults(values.from);
    if (earlier !== undefined) requireCommon(earlier, values.against ?? '', namesIn(results));
    await writeOutputs(results, values, earlier);
    return 0;
  }
  const wishes = wishesOf(given);
  const reason = unsupported(process);
  if (reason !== undefined) throw new Error(reason);
  const plan = planComparison(wishes);
  if (earlier !== undefined) requireCommon(earlier, values.against ?? '', namesOf(plan));
  const line = new ProgressLine(process.stderr, estimate(plan));
  const controller = new AbortController();
  const stopping = stopAtSignals(() => {
    line.say('Stopping: what has been measured so far follows; a second signal ends at once.');
    controller.abort();
  });
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
  if (stopping.signal !== undefined) return exitCodeOf(stopping.signal);
  return results.complete && results.workloads.every(({ verdict }) => verdict !== undefined) ? 0 : 1;
}
