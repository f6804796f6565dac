/** Apache on each of its three architectures, with a thread or process for every busy connection. */
import { existsSync } from 'node:fs';
import { findProgram } from '../find-program.js';
import type { Peer } from '../peer.js';
import { writeConfiguration } from '../template.js';

/** Debian's, then those of a build from source and of Fedora. */
const MODULE_FOLDERS = ['/usr/lib/apache2/modules', '/usr/local/apache2/modules', '/usr/lib64/httpd/modules'];

/** At least so many: more connections may be open than are busy. */
const LEAST_WORKERS = 32;
const MOST_WORKERS = 80;

export const apache: readonly Peer[] = (['worker', 'prefork', 'event'] as const).map((mpm) => ({
  name: `apache-${mpm}`,
  configuration: `mpm_${mpm} with as many workers as connections from the start, sendfile, no access log`,
  install: 'apt-get install apache2-bin',
  versionArgument: '-v',
  find: () => findProgram('apache2') ?? findProgram('httpd'),
  command(program, { directory, port, scratch, demand }) {
    const path = writeConfiguration('apache.conf', scratch, {
      directory,
      port,
      scratch,
      mpm,
      workers: Math.max(LEAST_WORKERS, Math.min(MOST_WORKERS, demand.connections)),
      sendfile: 'On',
      modules: MODULE_FOLDERS.find((folder) => existsSync(folder)) ?? '/usr/lib/apache2/modules',
      // Its children refuse to run as root.
      user: process.getuid?.() === 0 ? 'User nobody\nGroup nogroup' : '',
    });
    return [program, '-DFOREGROUND', '-f', path];
  },
  cannot: ({ connections }) =>
    mpm !== 'event' && connections > MOST_WORKERS
      ? 'it needs a worker for every connection, also the idle ones'
      : undefined,
}));
