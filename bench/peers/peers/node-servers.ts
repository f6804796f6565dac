/** The static servers that people run with npx: `serve` and `sirv-cli`, both on node:http. */
import { findInPeersFolder, findProgram, npmInstall } from '../find-program.js';
import type { Demand, Peer } from '../peer.js';

const notIdle = ({ name }: Demand) => (name === 'idle' ? 'node:http closes idle connections after 5 s' : undefined);

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
    cannot: notIdle,
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
    cannot: notIdle,
  },
];
