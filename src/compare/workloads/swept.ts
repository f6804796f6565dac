/** The keys of a workload that can be varied, each a number, and how its values are written. */

export const SWEPT = [
  'fileBytes',
  'fileCount',
  'connections',
  'idleConnections',
  'slowConnections',
  'requestsPerSecond',
  'coldConnections',
  'handlerCpu',
  'handlerWait',
] as const;

export type Swept = (typeof SWEPT)[number];

const HEADINGS: Readonly<Record<Swept, string>> = {
  fileBytes: 'file size',
  fileCount: 'files',
  connections: 'connections',
  idleConnections: 'idle connections',
  slowConnections: 'clients that read slowly',
  requestsPerSecond: 'requests asked for a second',
  coldConnections: 'clients that read from the disk',
  handlerCpu: 'ms that the handler computes',
  handlerWait: 'ms that the handler waits',
};

/** What the axis of a plot says. */
export function headingOf(swept: string): string {
  return HEADINGS[swept as Swept] ?? swept;
}
