/** lighttpd, which is one process and one loop of epoll. */
import { findProgram } from '../find-program.js';
import type { Peer } from '../peer.js';
import { DESCRIPTORS } from '../server-process.js';
import { writeConfiguration } from '../template.js';

export const lighttpd: readonly Peer[] = [
  {
    name: 'lighttpd',
    configuration: 'no modules, sendfile, stat cache of one second, no access log',
    install: 'apt-get install lighttpd',
    versionArgument: '-v',
    find: () => findProgram('lighttpd'),
    command(program, { directory, port, scratch, connections }) {
      const path = writeConfiguration('lighttpd.conf', scratch, {
        directory,
        port,
        scratch,
        descriptors: DESCRIPTORS,
        connections: connections + 512,
      });
      return [program, '-D', '-f', path];
    },
  },
];
