/** Every repetition as a line of CSV (RFC 4180), for spreadsheets and other programs: numbers without units, as in the JSON. */
import { METRIC_NAMES, type Results } from '../results/results.js';

const HEADINGS = [
  ...[
    'workload',
    'swept',
    'value',
    'configuration',
    'repetition',
    'seconds',
    'requests',
    'serverRequests',
    'bottleneck',
  ],
  ...METRIC_NAMES,
];

export function csvText({ workloads }: Pick<Results, 'workloads'>): string {
  const lines = [HEADINGS];
  for (const { workload, points } of workloads) {
    for (const { value, configurations } of points) {
      for (const { name, samples } of configurations) {
        for (const { repetition, seconds, requests, serverRequests, bottleneck, metrics } of samples) {
          lines.push(
            [
              ...[
                workload.name,
                workload.sweep,
                value,
                name,
                repetition,
                seconds,
                requests,
                serverRequests,
                bottleneck,
              ],
              ...METRIC_NAMES.map((metric) => metrics[metric]),
            ].map(quoted),
          );
        }
      }
    }
  }
  return lines.map((cells) => `${cells.join(',')}\r\n`).join('');
}

function quoted(value: string | number | undefined): string {
  const text = String(value ?? '');
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
