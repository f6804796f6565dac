/**
 * Where a peer's program is: on PATH, in the folders that Debian's servers are in (not on everyone's PATH), or in a
 * folder of the bench's own into which npm installed it. Nothing is ever installed from here.
 */
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findProgram as findOneOf, isProgram } from '../../src/compare/peers/peer.js';

/** Holds the peers that come from npm. They are not among Amped's dependencies. */
export const PEERS_FOLDER = join(tmpdir(), 'amped-peers');

/** The absolute path of a program by its name, or undefined. */
export function findProgram(name: string): string | undefined {
  return findOneOf([name]);
}

/** The absolute path of a file of a package in PEERS_FOLDER, or undefined. */
export function findInPeersFolder(...path: string[]): string | undefined {
  const file = join(PEERS_FOLDER, 'node_modules', ...path);
  return isProgram(file) ? file : undefined;
}

/** The command that puts a package of npm where findInPeersFolder looks. */
export function npmInstall(specifier: string): string {
  return `npm install --prefix ${PEERS_FOLDER} ${specifier}`;
}
