/** lighttpd: a process for each processor, each a loop of epoll, no modules, no log. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Peer } from './peer.js';

/** It counts two descriptors a connection. */
const SPARE_DESCRIPTORS = 512;

export const lighttpd: Peer = {
  name: 'lighttpd',
  configuration: 'a process on epoll for each processor, no modules, sendfile, stat cache of one second, no access log',
  programs: ['lighttpd'],
  install: 'apt-get install lighttpd',
  versionArgument: '-v',
  command(program, { directory, scratch, port, connections, processors }) {
    const path = join(scratch, 'lighttpd.conf');
    writeFileSync(
      path,
      `server.modules = ( )
server.document-root = "${directory}"
server.bind = "127.0.0.1"
server.port = ${port}
server.listen-backlog = 4096
${processors > 1 ? `server.max-worker = ${processors}\n` : ''}server.event-handler = "linux-sysepoll"
server.network-backend = "sendfile"
server.stat-cache-engine = "simple"
server.max-fds = ${2 * connections + SPARE_DESCRIPTORS}
server.max-connections = ${connections + 64}
server.max-keep-alive-requests = 65535
server.max-keep-alive-idle = 600
server.errorlog = "${scratch}/error.log"
server.upload-dirs = ( "${scratch}" )
mimetype.assign = ( "" => "application/octet-stream" )
`,
    );
    return [program, '-D', '-f', path];
  },
};
