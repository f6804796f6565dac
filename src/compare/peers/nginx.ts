/** nginx: a worker for each processor, no log, names and descriptors kept; with sendfile, its cheaper way for large files, and without, for small ones. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Peer } from './peer.js';

/** A cache that does not hold what is asked for costs more than it saves. */
const MOST_OPEN_FILES = 16_384;

const withSendfile = (name: string, sendfile: 'on' | 'off'): Peer => ({
  name,
  configuration: `a worker on epoll for each processor, no access log, sendfile ${sendfile} (its cheaper way for ${sendfile === 'on' ? 'large' : 'small'} files), open_file_cache for up to ${MOST_OPEN_FILES.toLocaleString('en')} files`,
  programs: ['nginx'],
  install: 'apt-get install nginx-light',
  versionArgument: '-v',
  command(program, { directory, scratch, port, connections, files, processors }) {
    const path = join(scratch, 'nginx.conf');
    const openFiles = files <= MOST_OPEN_FILES ? `max=${MOST_OPEN_FILES} inactive=600s` : 'off';
    // Below a sixteenth of them free, it closes idle ones.
    const workerConnections = Math.ceil(connections * 1.1) + 512;
    // It makes them itself and, as root, gives them to whoever its worker runs as: the folder is nobody else's to write in.
    const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
      (name) => `  ${name}_temp_path ${scratch}/${name};`,
    );
    writeFileSync(
      path,
      `daemon off;
worker_processes ${processors};
worker_rlimit_nofile ${workerConnections + MOST_OPEN_FILES};
pid ${scratch}/nginx.pid;
error_log stderr crit;
events {
  use epoll;
  worker_connections ${workerConnections};
}
http {
  access_log off;
  sendfile ${sendfile};
  keepalive_requests 1000000000;
  keepalive_timeout 600s;
  open_file_cache ${openFiles};
  default_type application/octet-stream;
${temporary.join('\n')}
  server {
    listen 127.0.0.1:${port} backlog=4096;
    root "${directory}";
  }
}
`,
    );
    return [program, '-c', path, '-e', 'stderr'];
  },
});

export const nginx: readonly Peer[] = [withSendfile('nginx', 'on'), withSendfile('nginx-sendfile-off', 'off')];
