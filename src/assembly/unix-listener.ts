/**
 * A listening socket with a path: its file is made, has the mode that was asked for before anybody can connect, and is gone
 * at the end. One that a server left behind when it was killed is replaced; one at which somebody listens is not.
 */
import { chmodSync, chownSync, lstatSync, unlinkSync } from 'node:fs';
import { dirname } from 'node:path';
import { EADDRINUSE, ECONNREFUSED, ENOENT, errorFrom } from '../linux/errno.js';
import { close, SHUT_RD, shutdown } from '../linux/sockets.js';
import { bindUnix, probeUnix, startListening } from '../linux/unix-sockets.js';
import { BACKLOG, HELD_BACKLOG } from './ip-listeners.js';
import type { OpenAddress } from './open-address.js';

/** Who shall have the file. */
export interface Owner {
  readonly user: number;
  readonly group: number;
}

/** `mode`: of the file, or undefined for what the umask leaves. Throws an Error with a sentence for the user. */
export function listenAtPath(path: string, mode: number | undefined, owner: Owner | undefined): OpenAddress {
  let descriptor = bindUnix(path);
  if (descriptor === -EADDRINUSE) {
    removeStale(path);
    descriptor = bindUnix(path);
  }
  if (descriptor < 0) throw new Error(refusalToListen(descriptor, path));
  try {
    if (owner !== undefined) chownSync(path, owner.user, owner.group);
    if (mode !== undefined) chmodSync(path, mode);
    const result = startListening(descriptor, BACKLOG);
    if (result < 0) throw errorFrom(result, 'listen');
  } catch (error) {
    unlinkSync(path);
    close(descriptor);
    throw error;
  }
  const file = identity(path);
  const abandon = (): void => {
    // Somebody else may have put a socket in its place.
    if (file !== undefined && identity(path) === file) remove(path);
  };
  return {
    url: `unix:${path}`,
    sockets: [[descriptor]],
    hold: () => void startListening(descriptor, HELD_BACKLOG),
    refuse: () => {
      shutdown(descriptor, SHUT_RD);
      abandon();
    },
    abandon,
  };
}

/** Throws a sentence unless the file is a socket at which nobody listens. */
function removeStale(path: string): void {
  const file = lstatSync(path, { throwIfNoEntry: false });
  if (file === undefined) return;
  if (!file.isSocket()) throw new Error(`${path} exists and is no socket; choose another with --listen.`);
  const result = probeUnix(path);
  if (result === -ENOENT) return;
  if (result !== -ECONNREFUSED) {
    throw new Error(`Somebody listens at unix:${path} already; choose another with --listen.`);
  }
  if (!remove(path)) throw new Error(`Nobody listens at unix:${path} any more, but this user may not remove it.`);
}

/** Which file it is, or undefined when there is none. */
function identity(path: string): string | undefined {
  const file = lstatSync(path, { bigint: true, throwIfNoEntry: false });
  return file === undefined ? undefined : `${file.dev}:${file.ino}:${file.ctimeNs}`;
}

function remove(path: string): boolean {
  try {
    unlinkSync(path);
    return true;
  } catch {
    // Where the directory is not this user's it stays, and the next server that listens here removes it.
    return false;
  }
}

function refusalToListen(result: number, path: string): string {
  const error = errorFrom(result, 'bind');
  if (error.code === 'EADDRINUSE') {
    return `Somebody listens at unix:${path} already; choose another with --listen.`;
  }
  if (error.code === 'ENOENT' || error.code === 'ENOTDIR') {
    return `There is no directory ${dirname(path)} for the socket of --listen.`;
  }
  if (error.code === 'EACCES' || error.code === 'EPERM') {
    return `This user may not make the socket ${path}; choose another with --listen.`;
  }
  return `Cannot listen at unix:${path}: ${error.message}.`;
}
