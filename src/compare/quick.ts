/**
 * As little of a workload as still shows that all of it works, in half a minute at most: few clients, two values of what is
 * swept, and of a workload's own architectures one of each model.
 */
import { type Configuration, readConfiguration } from './configuration.js';
import type { FieldName, Workload } from './workloads/fields.js';
import { FIELD_NAMES, keyOfField } from './workloads/fields.js';

/** So many are enough of what takes time to make, to start or to connect. */
const MOST: Readonly<Partial<Record<FieldName, number>>> = {
  connections: 4,
  coldConnections: 4,
  slowConnections: 4,
  idleConnections: 100,
  mostWorkers: 16,
  fileCount: 512,
  coldFiles: 32,
};

export function quickened(workload: Workload): Workload {
  const capped = Object.entries(MOST).map(([name, most]) => [
    name,
    Math.min(Number(workload[name as FieldName]), most),
  ]);
  const { sweep, values } = workload;
  const field = FIELD_NAMES.find((name) => keyOfField(name) === sweep);
  const most = (field && MOST[field]) ?? Number.POSITIVE_INFINITY;
  const few = [...new Set(values.map((value) => Math.min(value, most)))];
  const ends = few.filter((_, index) => index === 0 || index === few.length - 1);
  return { ...workload, ...Object.fromEntries(capped), values: ends };
}

/** Of those that a workload names itself: where something is swept the first of each model, for each is measured twice. */
export function quickConfigurations({ architectures, sweep }: Workload): Configuration[] {
  const all = architectures.map(readConfiguration);
  return sweep === '' ? all : all.filter(({ model }, index) => all.findIndex((one) => one.model === model) === index);
}
