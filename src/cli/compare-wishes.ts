/** What the arguments of `amped compare` mean, and its help. */
import { statSync } from 'node:fs';
import { PEERS } from '../compare/peers/find-others.js';
import type { Wishes } from '../compare/plan-comparison.js';
import { readWorkload, WORKLOADS_FOLDER, workloadNames } from '../compare/workloads/read-workload.js';
import { COMPARE_FLAGS, SUITE_NAMES } from '../config/compare-flags.js';
import { OptionError } from '../config/option-error.js';
import { SECOND } from '../config/option-kinds.js';
import { nearest } from '../config/spelling.js';
import { flagLines, type Given } from '../config/subcommand-flags.js';

const LISTS = ['workload', 'architectures', 'with', 'suite'] as const;

/** Throws OptionError. */
export function wishesOf({ values, named, operands }: Given<typeof COMPARE_FLAGS>): Wishes {
  for (const name of LISTS) {
    if (!named.has(name) || values[name].length > 0) continue;
    throw new OptionError(`--${name} needs a value: ${COMPARE_FLAGS[name].kind.expected}.`);
  }
  if (operands.length > 1) {
    throw new OptionError(`amped compare takes one directory, not ${operands.length} (${operands.join(', ')}).`);
  }
  const [directory = '.'] = operands;
  if (!statSync(directory, { throwIfNoEntry: false })?.isDirectory()) {
    throw new OptionError(`DIR must be a directory, not ${JSON.stringify(directory)}.`);
  }
  if (values.quick && values.full) throw new OptionError('--quick and --full do not go together.');
  const unknown = values.suite.find((name) => !(SUITE_NAMES as readonly string[]).includes(name));
  if (unknown !== undefined) {
    const meant = nearest(unknown, SUITE_NAMES);
    const advice = meant === undefined ? `there are ${SUITE_NAMES.join(', ')}.` : `did you mean ${meant}?`;
    throw new OptionError(`There is no suite ${unknown}; ${advice}`);
  }
  const { seconds, repetitions, processors } = values;
  const warmUp = values['warm-up'];
  const logSpeed = values['log-speed'];
  return {
    directory,
    workloads: values.workload,
    architectures: values.architectures,
    others: values.with,
    suites: SUITE_NAMES.filter((name) => values.suite.includes(name)),
    pace: values.quick ? 'quick' : values.full ? 'full' : 'usual',
    ...(values.log !== undefined && { log: values.log }),
    ...(logSpeed !== undefined && { logSpeed }),
    ...(seconds !== undefined && { seconds: seconds / SECOND }),
    ...(warmUp !== undefined && { warmUpSeconds: warmUp / SECOND }),
    ...(repetitions !== undefined && { repetitions }),
    ...(processors !== undefined && { processors }),
  };
}

export function compareHelp(): string {
  return [
    'Usage: amped compare [DIR] [OPTIONS]',
    '',
    'Says which architecture, dispatcher and disk strategy serves DIR (the current directory) best on this',
    'machine, by how much, and why. Without options it takes less than two minutes on two processors.',
    '',
    ...flagLines(COMPARE_FLAGS),
    '',
    'The first SIGINT (Ctrl+C) tells what has been measured by then; a second one ends at once.',
    '',
  ].join('\n');
}

export function listText(): string {
  const all = [...workloadNames(), ...PEERS.map(({ name }) => name)];
  const width = Math.max(...all.map((name) => name.length)) + 2;
  const workloads = workloadNames().map((name) => `  ${name.padEnd(width)}${readWorkload(name).title}`);
  const servers = PEERS.map(({ name, configuration }) => `  ${name.padEnd(width)}${configuration}`);
  return [
    `Workloads (--workload), to be copied and edited, in ${WORKLOADS_FOLDER}:`,
    ...workloads,
    '',
    'Other servers (--with), where they are installed:',
    ...servers,
    '',
  ].join('\n');
}
