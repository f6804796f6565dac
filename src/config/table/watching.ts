/** How the server is watched from outside. */
import { readListen } from '../address.js';
import { option } from '../option.js';
import { choice, integer, orNone, path, text } from '../option-kinds.js';

export const watching = {
  admin: option({
    flag: 'admin',
    kind: text('ADDRESS', 'off, PORT, HOST:PORT or [IPV6]:PORT (such as 9090 or 127.0.0.1:9090)', isAdminAddress),
    initial: 'off',
    description: 'where health, metrics and the dashboard are: [HOST:]PORT, of 127.0.0.1 unless told otherwise',
    fixed: true,
  }),
  metrics: option({
    flag: 'metrics',
    kind: choice('WHETHER', ['on', 'off']),
    initial: 'on',
    description: 'whether everything is counted, or only what the server itself needs: on or off',
    fixed: true,
  }),
  // Reading the clock for every request would cost a tenth of what answering it does.
  metricsSample: option({
    flag: 'metrics-sample',
    kind: integer('COUNT', 1, 1_000_000),
    initial: 64,
    description: 'one request in so many is timed',
    fixed: true,
  }),
  trace: option({
    flag: 'trace',
    kind: orNone(path(text('FILE', 'the path of a file', isPath), 'file')),
    initial: '',
    description: 'record what every thread does, and write it as a trace for Perfetto at the end',
    fixed: true,
  }),
  traceEvents: option({
    flag: 'trace-events',
    kind: integer('COUNT', 1024, 524_288),
    initial: 65_536,
    description: 'how many events a thread keeps for a trace, the newest; fewer where there are many',
    fixed: true,
  }),
};

function isPath(value: string): boolean {
  return value !== '' && !value.includes('\0');
}

function isAdminAddress(value: string): boolean {
  const address = readListen(value);
  return value === 'off' || (address !== undefined && 'port' in address);
}
