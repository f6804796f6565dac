/**
 * amped compare [DIR]: which architecture, dispatcher and disk strategy serves a directory best on this machine, by how much,
 * and why.
 *
 * What it keeps true: the first Ctrl-C ends the measurement, shows what there is so far and leaves no process behind; a second
 * one ends at once. The tables go to standard output, what is being done to standard error.
 */

import { statSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { parseArgs } from 'node:util';
import { compare, estimate, SUITE_NAMES, type SuiteName } from '../compare/compare.js';
import { CONFIGURATION_EXAMPLES } from '../compare/configuration.js';
import { runLoad } from '../compare/load/run-load.js';
import { PEERS } from '../compare/peers/find-others.js';
import { planComparison, type Wishes } from '../compare/plan-comparison.js';
import { changesBetween, changesText } from '../compare/report/changes.js';
import { csvText } from '../compare/report/csv.js';
import { markdownText } from '../compare/report/markdown.js';
import { terminalText } from '../compare/report/terminal.js';
import { readResults } from '../compare/results/read-results.js';
import type { Results } from '../compare/results/results.js';
import { readWorkload, WORKLOADS_FOLDER, workloadNames } from '../compare/workloads/read-workload.js';
import { OptionError } from '../config/option-error.js';
import { nearest } from '../config/spelling.js';
import { ProgressLine } from './progress-line.js';
import { wantsColours } from './start-block.js';

export const USAGE = `Usage: amped compare [DIR] [OPTIONS]

Which architecture, dispatcher and disk strategy serves DIR (by default the current directory) best on this machine, by how
much, and why. Without options it takes less than two minutes.

  --workload LIST       what is asked of them: names (--list) or files, one after the other (default site)
  --architectures LIST  who is compared: such as ${CONFIGURATION_EXAMPLES}
  --with LIST           other servers beside them, where they are installed: ${PEERS.map(({ name }) => name).join(',')}
  --suite LIST          experiments of their own: ${SUITE_NAMES.join(', ')}
  --log FILE            for the workload trace: the access log whose requests are made again
  --seconds N           how long each measurement lasts
  --warm-up N           seconds of load before the first one of each server
  --repetitions N       how often each server is measured, by turns
  --quick               as little as makes sense: half a minute, for a first look
  --full                10 repetitions of 3 s, to be quoted

  --against FILE        what has changed since the results in this file (JSON)
  --json FILE           write every number; - is standard output
  --markdown FILE       write the tables as Markdown
  --csv FILE            write every repetition as a line
  --report FILE         write a page with plots, complete in one file (HTML)
  --from FILE           measure nothing: report these results (JSON)
  --list                say which workloads and servers there are
  -h, --help            show this help
`;

const OPTIONS = {
  workload: { type: 'string', multiple: true },
  architectures: { type: 'string', multiple: true },
  with: { type: 'string', multiple: true },
  suite: { type: 'string', multiple: true },
  log: { type: 'string' },
  seconds: { type: 'string' },
  'warm-up': { type: 'string' },
  repetitions: { type: 'string' },
  quick: { type: 'boolean' },
  full: { type: 'boolean' },
  against: { type: 'string' },
  json: { type: 'string' },
  markdown: { type: 'string' },
  csv: { type: 'string' },
  report: { type: 'string' },
  from: { type: 'string' },
  list: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;

/** The flags, for the completion of shells. */
export const FLAGS = Object.keys(OPTIONS).map((name) => `--${name}`);

const STOP_SIGNALS = ['SIGINT', 'SIGTERM'] as const;
/** The same signal, passed on by npm, arrives twice. */
const SAME_SIGNAL_MILLISECONDS = 100;
const USUAL_WIDTH = 110;
const STANDARD_OUTPUT = '-';

type Values = ReturnType<typeof readArguments>['values'];

export async function run(parameters: readonly string[]): Promise<number> {
  const { values, positionals } = readArguments(parameters);
  if (values.help) {
    process.stdout.write(USAGE);
    return 0;
  }
  if (values.list) {
    process.stdout.write(listText());
    return 0;
  }
  const earlier = values.against === undefined ? undefined : readResults(values.against);
  if (values.from !== undefined) {
    const results = readResults(values.from);
    await report(results, values, earlier);
    return 0;
  }
  checkOutputs(values);
  const plan = planComparison(wishesOf(values, positionals));
  const line = new ProgressLine(process.stderr, estimate(plan));
  const controller = new AbortController();
  const stopped = stopAtSignals(controller, line);
  const results = await compare(plan, {
    runLoad,
    signal: controller.signal,
    progress: (text, share) => line.show(text, share),
  });
  line.end();
  await report(results, values, earlier);
  const signal = stopped();
  if (signal !== undefined) return 128 + constants.signals[signal];
  return results.complete && results.workloads.every(({ workload, verdict }) => workload && verdict) ? 0 : 1;
}

function readArguments(parameters: readonly string[]) {
  try {
    return parseArgs({ args: [...parameters], options: OPTIONS, allowPositionals: true });
  } catch (error) {
    const written = /'(-[^' ]*)/.exec((error as Error).message)?.[1] ?? '';
    const name = written.replace(/^-+/, '').split('=', 1)[0] as string;
    if (Object.hasOwn(OPTIONS, name)) {
      const takes = OPTIONS[name as keyof typeof OPTIONS].type === 'string' ? 'needs a value' : 'takes no value';
      throw new OptionError(`--${name} ${takes}; amped compare --help says more.`);
    }
    const meant = nearest(written, FLAGS);
    const advice = meant === undefined ? 'amped compare --help lists them all.' : `did you mean ${meant}?`;
    throw new OptionError(`amped compare has no option ${written}; ${advice}`);
  }
}

function wishesOf(values: Values, positionals: readonly string[]): Wishes {
  if (positionals.length > 1) {
    throw new OptionError(`amped compare takes one directory, not ${positionals.length} (${positionals.join(', ')}).`);
  }
  const [directory = '.'] = positionals;
  if (!statSync(directory, { throwIfNoEntry: false })?.isDirectory()) {
    throw new OptionError(`DIR must be a directory, not ${JSON.stringify(directory)}.`);
  }
  if (values.quick && values.full) throw new OptionError('--quick and --full do not go together.');
  const suites = words(values.suite);
  const unknown = suites.find((name) => !(SUITE_NAMES as readonly string[]).includes(name));
  if (unknown !== undefined) throw new OptionError(`--suite must be one of ${SUITE_NAMES.join(', ')}, not ${unknown}.`);
  return {
    directory,
    workloads: words(values.workload),
    architectures: words(values.architectures),
    others: words(values.with),
    suites: suites as SuiteName[],
    pace: values.quick ? 'quick' : values.full ? 'full' : 'usual',
    ...(values.log !== undefined && { log: values.log }),
    ...number('seconds', values.seconds, 0.1, 3600),
    ...number('warmUpSeconds', values['warm-up'], 0, 3600, 'warm-up'),
    ...wholeNumber('repetitions', values.repetitions, 1, 1000),
  };
}

function words(texts: readonly string[] | undefined): string[] {
  return (texts ?? []).flatMap((text) => text.split(',')).filter(Boolean);
}

function number(name: string, text: string | undefined, least: number, most: number, flag = name): object {
  if (text === undefined) return {};
  const value = text === '' ? Number.NaN : Number(text);
  if (!(value >= least && value <= most)) {
    throw new OptionError(
      `--${flag} must be a number of seconds from ${least} to ${most}, not ${JSON.stringify(text)}.`,
    );
  }
  return { [name]: value };
}

function wholeNumber(name: string, text: string | undefined, least: number, most: number): object {
  if (text === undefined) return {};
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < least || value > most) {
    throw new OptionError(`--${name} must be a whole number from ${least} to ${most}, not ${JSON.stringify(text)}.`);
  }
  return { [name]: value };
}

/** Where something is to be written must be writable before minutes are spent. */
function checkOutputs({ json, markdown, csv, report }: Values): void {
  for (const file of [json, markdown, csv, report]) {
    if (file === undefined || file === STANDARD_OUTPUT) continue;
    try {
      writeFileSync(file, '', { flag: 'a' });
    } catch (error) {
      throw new OptionError(`${file} cannot be written: ${(error as Error).message}.`);
    }
  }
}

async function report(results: Results, values: Values, earlier: Results | undefined): Promise<void> {
  const outputs: ReadonlyArray<readonly [file: string | undefined, make: () => string | Promise<string>]> = [
    [values.json, () => `${JSON.stringify(results, null, 1)}\n`],
    [values.markdown, () => markdownText(results)],
    [values.csv, () => csvText(results)],
    [values.report, async () => (await import('../compare/report/page.js')).pageText(results)],
  ];
  let toOutput = false;
  for (const [file, make] of outputs) {
    if (file === undefined) continue;
    if (file === STANDARD_OUTPUT) {
      toOutput = true;
      process.stdout.write(await make());
    } else writeFileSync(file, await make());
  }
  if (toOutput) return;
  const { columns } = process.stdout;
  const look = {
    width: Math.min(USUAL_WIDTH, columns ?? USUAL_WIDTH),
    coloured: wantsColours(process.stdout, process.env),
    blocks: /utf-?8/i.test(process.env.LC_ALL ?? process.env.LC_CTYPE ?? process.env.LANG ?? ''),
  };
  process.stdout.write(terminalText(results, look));
  if (earlier !== undefined) process.stdout.write(changesText(changesBetween(earlier, results), values.against ?? ''));
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

function listText(): string {
  const workloads = workloadNames().map((name) => `  ${name.padEnd(14)}${readWorkload(name).title}`);
  const servers = PEERS.map(({ name, configuration }) => `  ${name.padEnd(14)}${configuration}`);
  return [
    `Workloads (--workload), in ${WORKLOADS_FOLDER}:`,
    ...workloads,
    '',
    'Other servers (--with):',
    ...servers,
    '',
    '',
  ].join('\n');
}
