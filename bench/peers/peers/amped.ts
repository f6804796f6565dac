/** Amped as built in dist/, on each of its dispatchers, with the defaults that users get. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Peer } from '../peer.js';
import { PROJECT } from '../project.js';

const DISPATCHERS = ['io_uring', 'epoll', 'poll', 'select'];

export const amped: readonly Peer[] = DISPATCHERS.map((dispatcher) => ({
  name: `amped-${dispatcher}`,
  configuration: `--dispatcher ${dispatcher}, everything else as by default`,
  install: 'npm run build',
  versionArgument: '--version',
  find() {
    const program = join(PROJECT, 'dist', 'cli', 'main.js');
    return existsSync(program) ? program : undefined;
  },
  command: (program, { directory, port }) => [
    ...[process.execPath, program, directory, '--port', String(port), '--dispatcher', dispatcher],
  ],
}));
