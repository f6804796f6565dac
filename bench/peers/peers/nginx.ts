/**
 * nginx with one worker. `sendfile off` reads the file into memory and is cheaper for small files, `sendfile on` for
 * large ones: both are measured, and ratios are to the cheaper of the two.
 */
import { DESCRIPTORS } from '../descriptors.js';
import { findProgram } from '../find-program.js';
import type { Peer } from '../peer.js';
import { writeConfiguration } from '../template.js';

/** Descriptors that open_file_cache may hold, so that connections find some left. */
const OPEN_FILES = Math.min(20_000, Math.floor(DESCRIPTORS / 3));

export const nginx: readonly Peer[] = (['on', 'off'] as const).map((sendfile) =>
  peer(`nginx-sendfile-${sendfile}`, sendfile),
);

/** For files that are not in memory: threads wait for the disk, so that the one worker does not have to. */
export const threadedNginx: Peer = {
  ...peer('threaded-nginx', 'on', 'aio threads;'),
  onRequest: true,
};

function peer(name: string, sendfile: 'on' | 'off', fileThreads = ''): Peer {
  const threads = fileThreads === '' ? '' : ', aio threads (32 of them)';
  return {
    name,
    configuration: `one worker, sendfile ${sendfile}${threads}, open_file_cache (off for more than ${OPEN_FILES} files), no access log`,
    install: 'apt-get install nginx-light',
    versionArgument: '-v',
    find: () => findProgram('nginx'),
    command(program, { directory, port, scratch, demand: { connections, files } }) {
      const path = writeConfiguration('nginx.conf', scratch, {
        directory,
        port,
        scratch,
        sendfile,
        file_threads: fileThreads,
        output_buffers: '2 32k',
        descriptors: DESCRIPTORS,
        // A cache that does not hold what is asked for costs more than it saves.
        open_file_cache: files <= OPEN_FILES ? `max=${OPEN_FILES} inactive=600s` : 'off',
        // Below a sixteenth of them free, it closes idle ones.
        connections: Math.ceil(connections * 1.1) + 512,
      });
      return [program, '-c', path, '-e', 'stderr'];
    },
  };
}
