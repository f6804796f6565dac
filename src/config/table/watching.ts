/** How the server is watched from outside. */
import { readListen } from '../address.js';
import { option } from '../option.js';
import { choice, integer, text } from '../option-kinds.js';

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
};

function isAdminAddress(value: string): boolean {
  const address = readListen(value);
  return value === 'off' || (address !== undefined && 'port' in address);
}
