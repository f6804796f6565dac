/** lighttpd, which is one process and one loop of epoll. */

import { DESCRIPTORS } from '../descriptors.js';
import { findProgram } from '../find-program.js';
import type { Peer } from '../peer.js';
import { writeConfiguration } from '../template.js';

export const lighttpd: readonly Peer[] = [
  {
    name: 'lighttpd',
    configuration: 'no modules, sendfile, stat cache of one second, no access log',
    install: 'apt-get install lighttpd',
    versionArgument: '-v',
    find: () => findProgram('lighttpd'),
    command(program, { directory, port, scratch, demand: { connections } }) {
      const path = writeConfiguration('lighttpd.conf', scratch, {
        directory,
        port,
        scratch,
        descriptors: DESCRIPTORS,
        connections: connections + 128,
      });
      return [program, '-D', '-f', path];
    },
    cannot({ connections, files }) {
      if (connections + 128 > DESCRIPTORS / 2) return `it counts two descriptors a connection, of ${DESCRIPTORS}`;
      // Then it answers 500, whatever its stat cache is set to.
      if (files > DESCRIPTORS / 2) return `it keeps files open for seconds and runs out of ${DESCRIPTORS} descriptors`;
      return undefined;
    },
  },
];
