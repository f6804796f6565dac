/** Listening sockets from the options, and a sentence for each reason why there can be none. */
import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { OptionError } from '../config/option-error.js';
import type { ServerOptions } from '../config/options.js';
import { EADDRINUSE, SystemError } from '../linux/errno.js';
import { close, type Listener, type ListenOptions, listen } from '../linux/sockets.js';

/** Connections that wait to be accepted: the kernel caps it at net.core.somaxconn. */
const BACKLOG = 4096;
/** A process that had a ring frees its port some milliseconds after its death. */
const BIND_TRIES = 5;
const BIND_PAUSE_MILLISECONDS = 10;

/** `count` listeners at the address of the options, all on one port. Throws OptionError, or an Error with a sentence for the user. */
export async function listenAt(options: ServerOptions, count: number, how: ListenOptions = {}): Promise<Listener[]> {
  const address = await addressOf(options.host);
  const listeners: Listener[] = [];
  let { port } = options;
  // Who shares a port is not told that somebody else has it already: ask for it alone first.
  if (how.sharePort === true && port !== 0) close((await bind(address, port, options, {})).descriptor);
  try {
    for (let number = 0; number < count; number++) {
      const listener = await bind(address, port, options, how);
      listeners.push(listener);
      port = listener.port;
    }
    return listeners;
  } catch (error) {
    for (const listener of listeners) close(listener.descriptor);
    throw error;
  }
}

async function addressOf(host: string): Promise<string> {
  if (isIP(host) !== 0) return host;
  try {
    return (await lookup(host)).address;
  } catch {
    throw new OptionError(`--host must be an address of this machine or a name that resolves to one, not '${host}'.`);
  }
}

async function bind(address: string, port: number, options: ServerOptions, how: ListenOptions): Promise<Listener> {
  for (let attempt = 1; ; attempt++) {
    try {
      return listen(address, port, BACKLOG, how);
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      if (error.errno !== EADDRINUSE || attempt === BIND_TRIES) throw new Error(refusalToListen(error, options));
      await pause(BIND_PAUSE_MILLISECONDS);
    }
  }
}

function refusalToListen(error: SystemError, { host, port }: ServerOptions): string {
  if (error.code === 'EADDRINUSE') return `Port ${port} of ${host} is already in use; choose another with --port.`;
  if (error.code === 'EACCES')
    return `Port ${port} needs privileges that this user has not; choose one above 1023 with --port.`;
  if (error.code === 'EADDRNOTAVAIL') return `${host} is no address of this machine; choose another with --host.`;
  return `Cannot listen on port ${port} of ${host}: ${error.message}.`;
}
