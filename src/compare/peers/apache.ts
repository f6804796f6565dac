/** Apache in each of its three architectures: a worker for every connection from the start, no log, no files of settings in directories. */
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isRoot, type Peer } from './peer.js';

/** Debian's, then those of a build from source and of Fedora. */
const MODULE_FOLDERS = ['/usr/lib/apache2/modules', '/usr/local/apache2/modules', '/usr/lib64/httpd/modules'];
const LEAST_WORKERS = 8;
const MOST_WORKERS = 512;

const KINDS = {
  prefork: 'processes, each with one connection',
  worker: 'threads of one process, each with one connection',
  event: 'threads of one process, which share the connections that wait',
} as const;

export const apache: readonly Peer[] = (['prefork', 'worker', 'event'] as const).map((kind) => ({
  name: `apache-${kind}`,
  configuration: `mpm_${kind} (${KINDS[kind]}), as many as connections from the start, sendfile, no access log`,
  ...(kind !== 'event' && { blocking: true as const }),
  programs: ['apache2', 'httpd'],
  install: 'apt-get install apache2-bin',
  versionArgument: '-v',
  command(program, { directory, scratch, port, connections }) {
    const path = join(scratch, 'apache.conf');
    const modules = MODULE_FOLDERS.find((folder) => existsSync(folder)) ?? (MODULE_FOLDERS[0] as string);
    const workers = Math.max(LEAST_WORKERS, Math.min(MOST_WORKERS, connections));
    writeFileSync(
      path,
      `ServerRoot ${scratch}
ServerName localhost
Listen 127.0.0.1:${port}
ListenBackLog 4096
PidFile ${scratch}/apache.pid
DefaultRuntimeDir ${scratch}
Mutex pthread
ErrorLog /dev/stderr
LogLevel crit
${isRoot() ? 'User nobody\nGroup nogroup' : ''}
LoadModule mpm_${kind}_module ${modules}/mod_mpm_${kind}.so
LoadModule authz_core_module ${modules}/mod_authz_core.so
LoadModule mime_module ${modules}/mod_mime.so
TypesConfig /dev/null
${kind === 'prefork' ? processes(workers) : threads(workers)}
MaxConnectionsPerChild 0
KeepAlive On
KeepAliveTimeout 600
MaxKeepAliveRequests 0
HostnameLookups Off
EnableSendfile On
DocumentRoot "${directory}"
<Directory />
  AllowOverride None
  Options FollowSymLinks
  Require all granted
</Directory>
`,
    );
    return [program, '-DFOREGROUND', '-f', path];
  },
}));

function processes(workers: number): string {
  return `StartServers ${workers}
MinSpareServers 1
MaxSpareServers ${workers}
ServerLimit ${workers}
MaxRequestWorkers ${workers}`;
}

function threads(workers: number): string {
  return `StartServers 1
ServerLimit 1
MinSpareThreads 1
MaxSpareThreads ${workers}
ThreadLimit ${workers}
ThreadsPerChild ${workers}
MaxRequestWorkers ${workers}`;
}
