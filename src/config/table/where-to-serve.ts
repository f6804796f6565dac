/** What is served, and where the server listens. */
import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { isHost, withoutBrackets } from '../address.js';
import { option } from '../option.js';
import { integer, path, text } from '../option-kinds.js';

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
    description: 'the address to listen on; 0.0.0.0 or :: opens it to the network',
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
