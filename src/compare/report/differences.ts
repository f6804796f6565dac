/**
 * What was not alike in two comparisons: what was asked, of what, for how long, where and by which versions. Each makes their
 * numbers say less of one another.
 */
import { size } from '../results/metrics.js';
import type { Results, WorkloadResults } from '../results/results.js';
import { FIELD_NAMES, keyOfField } from '../workloads/fields.js';
import { howLong } from './method-text.js';

/** What is no part of what was asked. */
const WORDS = ['name', 'title', 'architectures'];

/** Each as a sentence without its end. */
export function differencesBetween(before: Results, after: Results): string[] {
  return [
    ...changed('Amped', before.version, after.version),
    ...ofTestbeds(before.testbed, after.testbed),
    ...after.workloads.flatMap((now) => {
      const then = before.workloads.find(({ workload }) => workload.name === now.workload.name);
      return then === undefined ? [] : ofWorkloads(then, now);
    }),
  ];
}

function ofTestbeds(before: Results['testbed'], after: Results['testbed']): string[] {
  const names = ['kernel', 'distribution', 'processor', 'processors', 'node', 'serverCores', 'clientCores'] as const;
  const others = Object.keys(after.others).filter((name) => before.others[name] !== undefined);
  return [
    ...names.flatMap((name) => changed(name, before[name], after[name])),
    ...changed('memory', size(before.memoryBytes), size(after.memoryBytes)),
    ...others.flatMap((name) => changed(name, before.others[name], after.others[name])),
  ];
}

function ofWorkloads(before: WorkloadResults, after: WorkloadResults): string[] {
  const asked = FIELD_NAMES.filter((name) => !WORDS.includes(name)).flatMap((name) =>
    changed(keyOfField(name), before.workload[name], after.workload[name]),
  );
  const all = [
    ...asked,
    ...changed('what was served', filesText(before), filesText(after)),
    ...changed('its measurement', howLong(before.times), howLong(after.times)),
    ...changed('slow lines', before.slowLines, after.slowLines),
  ];
  return all.map((difference) => `${after.workload.name}: ${difference}`);
}

function filesText({ files: { count, bytes } }: WorkloadResults): string {
  return `${count.toLocaleString('en')} files of ${size(bytes)}`;
}

function changed(name: string, before: unknown, after: unknown): string[] {
  const [then, now] = [written(before), written(after)];
  return then === now ? [] : [`${name} was ${then} and is ${now}`];
}

function written(value: unknown): string {
  const text = Array.isArray(value) ? value.join(', ') : String(value ?? '');
  return text === '' ? 'none' : text;
}
