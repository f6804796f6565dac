/**
 * Listening sockets at a port of a host, and a sentence for each reason why there can be none. A name may have several
 * addresses, as `localhost` usually has one of IPv4 and one of IPv6: all of them are listened at, on the same port.
 */
import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { inUrl } from '../config/address.js';
import { OptionError } from '../config/option-error.js';
import { EADDRINUSE, EADDRNOTAVAIL, EAFNOSUPPORT, SystemError } from '../linux/errno.js';
import { close, type Listener, listen, SHUT_RD, shutdown } from '../linux/sockets.js';
import { startListening } from '../linux/unix-sockets.js';
import type { OpenAddress } from './open-address.js';

/** Connections that wait to be accepted: the kernel caps it at net.core.somaxconn. */
export const BACKLOG = 4096;
/** Room for hardly anybody. With none at all the kernel would send cookies, and whoever gets one believes to be connected. */
export const HELD_BACKLOG = 1;
/** A process that had a ring frees its port some milliseconds after its death. */
const BIND_TRIES = 5;
const BIND_PAUSE_MILLISECONDS = 10;

/** A host and a port, and the options to choose others with, for sentences. */
export interface Port {
  readonly host: string;
  readonly port: number;
  readonly hostOption: string;
  readonly portOption: string;
}

/**
 * Listens with `count` sockets at each address of the host. Throws OptionError, or an Error with a sentence for the user; then
 * nothing is left open.
 */
export async function listenAtPort(wanted: Port, count: number): Promise<OpenAddress> {
  const addresses = await addressesOf(wanted);
  const { port, sockets } = await openAll(addresses, wanted, count);
  return {
    url: `http://${inUrl(wanted.host)}:${port}/`,
    sockets,
    hold: () => {
      for (const descriptor of sockets.flat()) startListening(descriptor, HELD_BACKLOG);
    },
    refuse: () => {
      for (const descriptor of sockets.flat()) shutdown(descriptor, SHUT_RD);
    },
    abandon: () => {},
  };
}

async function addressesOf({ host, hostOption }: Port): Promise<string[]> {
  if (isIP(host) !== 0) return [host];
  try {
    const found = await lookup(host, { all: true });
    return [...new Set(found.map(({ address }) => address))];
  } catch {
    throw new OptionError(
      `${hostOption} must be an address of this machine or a name that resolves to one, not '${host}'.`,
    );
  }
}

async function openAll(
  addresses: readonly string[],
  wanted: Port,
  count: number,
): Promise<{ port: number; sockets: number[][] }> {
  for (let attempt = 1; ; attempt++) {
    const sockets: number[][] = [];
    let { port } = wanted;
    let absent: unknown;
    try {
      for (const address of addresses) {
        const listeners = await openOne(address, port, count).catch((error: unknown) => {
          if (addresses.length === 1 || !isAbsent(error)) throw error;
          absent = error;
          return [];
        });
        if (listeners.length === 0) continue;
        sockets.push(listeners.map(({ descriptor }) => descriptor));
        port = (listeners[0] as Listener).port;
      }
      // A computer may lack one kind of address. It may not lack all of them.
      if (sockets.length === 0) throw absent;
      return { port, sockets };
    } catch (error) {
      for (const descriptor of sockets.flat()) close(descriptor);
      const free = wanted.port === 0 && addresses.length > 1 && attempt < BIND_TRIES;
      // The port that was free at one address is taken at the other: another one will do.
      if (free && error instanceof SystemError && error.errno === EADDRINUSE) continue;
      throw error instanceof SystemError ? new Error(refusalToListen(error, wanted)) : error;
    }
  }
}

async function openOne(address: string, port: number, count: number): Promise<Listener[]> {
  const sharePort = count > 1;
  const listeners: Listener[] = [];
  try {
    // Who shares a port is not told that somebody else has it already: ask for it alone first.
    if (sharePort && port !== 0) close((await bind(address, port, false)).descriptor);
    while (listeners.length < count) listeners.push(await bind(address, listeners[0]?.port ?? port, sharePort));
    return listeners;
  } catch (error) {
    for (const { descriptor } of listeners) close(descriptor);
    throw error;
  }
}

async function bind(address: string, port: number, sharePort: boolean): Promise<Listener> {
  for (let attempt = 1; ; attempt++) {
    try {
      return listen(address, port, BACKLOG, { sharePort });
    } catch (error) {
      if (!(error instanceof SystemError) || error.errno !== EADDRINUSE || attempt === BIND_TRIES) throw error;
      await pause(BIND_PAUSE_MILLISECONDS);
    }
  }
}

function isAbsent(error: unknown): boolean {
  return error instanceof SystemError && (error.errno === EADDRNOTAVAIL || error.errno === EAFNOSUPPORT);
}

function refusalToListen(error: SystemError, { host, port, hostOption, portOption }: Port): string {
  if (error.code === 'EADDRINUSE')
    return `Port ${port} of ${host} is already in use; choose another with ${portOption}.`;
  if (error.code === 'EACCES')
    return `Port ${port} needs privileges that this user has not; choose one above 1023 with ${portOption}.`;
  if (isAbsent(error)) return `${host} is no address of this machine; choose another with ${hostOption}.`;
  return `Cannot listen on port ${port} of ${host}: ${error.message}.`;
}
