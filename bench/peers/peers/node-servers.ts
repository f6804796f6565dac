/** The static servers that people run with npx: `serve` and `sirv-cli`, both on node:http. */
import { findInPeersFolder, findProgram, npmInstall } from '../find-program.js';
import type { Peer } from '../peer.js';

const NODE_KEEP_ALIVE = 'node:http closes idle connections after 5 s';

export const nodeServers: readonly Peer[] = [
  {
    name: 'serve',
    configuration: 'no compression, no request log',
    install: npmInstall('serve@14'),
    versionArgument: '--version',
    find: () => findProgram('serve') ?? findInPeersFolder('serve', 'build', 'main.js'),
    command: (program, { directory, port }) => [
      ...[process.execPath, program, '--listen', `tcp://127.0.0.1:${port}`],
      ...['--no-compression', '--no-request-logging', '--no-clipboard', '--no-port-switching', directory],
    ],
    cannot: { idle: NODE_KEEP_ALIVE },
  },
  {
    name: 'sirv-cli',
    configuration: 'production mode: the tree is listed once, at the start',
    install: npmInstall('sirv-cli@3'),
    versionArgument: '--version',
    find: () => findProgram('sirv') ?? findInPeersFolder('sirv-cli', 'bin.js'),
    command: (program, { directory, port }) => [
      ...[process.execPath, program, directory, '--host', '127.0.0.1', '--port', String(port), '--quiet'],
    ],
    cannot: { idle: NODE_KEEP_ALIVE },
  },
];
