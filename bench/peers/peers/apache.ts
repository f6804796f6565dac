/**
 * Apache on each of its three architectures: at its cheapest, with a thread or process for every busy connection and no
 * log, and as Debian's package sets it up.
 */
import { existsSync } from 'node:fs';
import { findProgram } from '../find-program.js';
import type { Peer } from '../peer.js';
import { writeConfiguration } from '../template.js';

/** Debian's, then those of a build from source and of Fedora. */
const MODULE_FOLDERS = ['/usr/lib/apache2/modules', '/usr/local/apache2/modules', '/usr/lib64/httpd/modules'];

/** At least so many: more connections may be open than are busy. */
const LEAST_WORKERS = 32;
const MOST_WORKERS = 80;

const user = () => (process.getuid?.() === 0 ? 'User nobody\nGroup nogroup' : '');

const modules = () => MODULE_FOLDERS.find((folder) => existsSync(folder)) ?? '/usr/lib/apache2/modules';

const program = {
  install: 'apt-get install apache2-bin',
  versionArgument: '-v',
  find: () => findProgram('apache2') ?? findProgram('httpd'),
} as const;

const atItsCheapest: readonly Peer[] = (['worker', 'prefork', 'event'] as const).map((mpm) => ({
  ...program,
  name: `apache-${mpm}`,
  configuration: `mpm_${mpm} with as many workers as connections from the start, sendfile, no access log`,
  command(program, { directory, port, scratch, demand }) {
    const path = writeConfiguration('apache.conf', scratch, {
      directory,
      port,
      scratch,
      mpm,
      workers: Math.max(LEAST_WORKERS, Math.min(MOST_WORKERS, demand.connections)),
      sendfile: 'On',
      modules: modules(),
      // Its children refuse to run as root.
      user: user(),
    });
    return [program, '-DFOREGROUND', '-f', path];
  },
  cannot: ({ connections }) =>
    mpm !== 'event' && connections > MOST_WORKERS
      ? 'it needs a worker for every connection, also the idle ones'
      : undefined,
}));

const asInstalled: readonly Peer[] = (['worker', 'prefork'] as const).map((mpm) => ({
  ...program,
  name: `debian-apache-${mpm}`,
  configuration: `mpm_${mpm}, and all else as Debian's apache2 package has it: access log, 100 requests a connection`,
  command(program, { directory, port, scratch }) {
    const path = writeConfiguration('debian-apache.conf', scratch, {
      directory,
      port,
      scratch,
      mpm,
      modules: modules(),
      user: user(),
    });
    return [program, '-DFOREGROUND', '-f', path];
  },
  cannot: ({ connections }) =>
    connections > MOST_WORKERS ? 'it needs a worker for every connection, also the idle ones' : undefined,
}));

export const apache: readonly Peer[] = [...atItsCheapest, ...asInstalled];
