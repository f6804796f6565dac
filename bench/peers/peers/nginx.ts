/**
 * nginx with one worker. `sendfile off` reads the file into memory and is cheaper for small files, `sendfile on` for
 * large ones: both are measured, and ratios are to the cheaper of the two.
 */
import { chmodSync } from 'node:fs';
import { findProgram } from '../find-program.js';
import type { Peer } from '../peer.js';
import { DESCRIPTORS } from '../server-process.js';
import { writeConfiguration } from '../template.js';

/** Descriptors that open_file_cache may hold, so that connections find some left. */
const OPEN_FILES = Math.min(20_000, Math.floor(DESCRIPTORS / 3));

export const nginx: readonly Peer[] = (['on', 'off'] as const).map((sendfile) => ({
  name: `nginx-sendfile-${sendfile}`,
  configuration: `one worker, sendfile ${sendfile}, open_file_cache of ${OPEN_FILES} files, no access log`,
  install: 'apt-get install nginx-light',
  versionArgument: '-v',
  find: () => findProgram('nginx'),
  command(program, { directory, port, scratch, connections }) {
    // Its worker runs as another user when this is root.
    chmodSync(scratch, 0o777);
    const path = writeConfiguration('nginx.conf', scratch, {
      directory,
      port,
      scratch,
      sendfile,
      output_buffers: '2 32k',
      descriptors: DESCRIPTORS,
      open_files: OPEN_FILES,
      connections: connections + 512,
    });
    return [program, '-c', path, '-e', 'stderr'];
  },
}));
