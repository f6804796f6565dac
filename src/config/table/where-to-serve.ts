/** What is served, and where the server listens. */
import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { isHost, readListen, withoutBrackets } from '../address.js';
import { option } from '../option.js';
import { integer, list, path, text } from '../option-kinds.js';

const listenAddress = text(
  'ADDRESS',
  'PORT, HOST:PORT, [IPV6]:PORT or unix:/PATH?mode=MODE (such as 8080, 0.0.0.0:8080, [::1]:8080 or unix:/run/amped.sock?mode=660)',
  (address) => readListen(address) !== undefined,
);

export const whereToServe = {
  root: option({
    flag: '',
    kind: path(
      text('DIR', 'an existing directory', isDirectory, (name) => resolve(name)),
      'directory',
    ),
    initial: '.',
    description: 'the directory to serve',
  }),
  port: option({
    flag: 'port',
    short: 'p',
    environment: 'PORT',
    kind: integer('PORT', 0, 65_535),
    initial: 3000,
    description: 'the port to listen on; 0 takes a free one',
    fixed: true,
  }),
  host: option({
    flag: 'host',
    environment: 'HOST',
    kind: text('HOST', 'an IP address or a host name', isHost, withoutBrackets),
    initial: '127.0.0.1',
    description: 'the address to listen on; 0.0.0.0 or :: is for the network',
    fixed: true,
  }),
  // A path may hold any separator.
  listen: option({
    flag: 'listen',
    short: 'l',
    kind: list(listenAddress, null),
    initial: [],
    description: 'where to listen, one or more times: [HOST:]PORT or unix:/PATH?mode=660',
    fixed: true,
  }),
};

function isDirectory(name: string): boolean {
  try {
    return statSync(name).isDirectory();
  } catch {
    // Absent, unreachable or no path at all: whatever it is, it cannot be served.
    return false;
  }
}
