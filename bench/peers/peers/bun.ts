/** Bun, serving files by a script of a few lines (config/bun-files.js). */
import { findInPeersFolder, findProgram, npmInstall } from '../find-program.js';
import type { Peer } from '../peer.js';
import { benchFile } from '../project.js';

/** Where npm leaves the program: in the platform's own package, or moved from there into the package `bun`. */
const PLATFORM = `bun-linux-${process.arch === 'arm64' ? 'aarch64' : 'x64'}`;

export const bun: readonly Peer[] = [
  {
    name: 'bun',
    configuration: 'Bun.serve with Bun.file (config/bun-files.js)',
    install: npmInstall('bun@1'),
    versionArgument: '--version',
    find: () =>
      findProgram('bun') ??
      findInPeersFolder('@oven', PLATFORM, 'bin', 'bun') ??
      findInPeersFolder('bun', 'bin', 'bun.exe'),
    command: (program, { directory, port }) => [program, benchFile('config', 'bun-files.js'), directory, String(port)],
  },
];
