/**
 * Where connections come from. The kernel chooses, until a destination on this computer has used up the ports of one
 * address: then 127.0.0.2, 127.0.0.3 and so on are taken, which are all ours.
 */
import { isIPv6 } from 'node:net';
import { EADDRINUSE, EADDRNOTAVAIL } from '../../linux/errno.js';
import { internetAddress } from '../../linux/socket-address.js';

/** A margin below the 28,232 that ip(7) has by default. */
export const CONNECTIONS_PER_ADDRESS = 25_000;
const MOST = 254;

/** The n-th address of 127.0.0.0/8, from 1 on. */
function loopback(number: number): string {
  return `127.0.0.${number}`;
}

export class LocalAddresses {
  readonly names: string[] = [];
  readonly #addresses: Uint8Array[] = [];
  /** Further ones may be taken. */
  readonly #grows: boolean;
  #next = 0;

  /**
   * @param host of the server; undefined for a unix socket. @param connections how many there will be at a time.
   * @param given what the plan has.
   */
  constructor(host: string | undefined, connections: number, given: number | readonly string[] | undefined) {
    const onLoopback = host?.startsWith('127.') === true;
    this.#grows = given === undefined && onLoopback;
    if (host === undefined) return;
    if (given !== undefined) {
      const names =
        typeof given === 'number' ? Array.from({ length: given }, (_, index) => loopback(index + 1)) : given;
      for (const name of names) this.#add(name);
    } else if (onLoopback && connections > CONNECTIONS_PER_ADDRESS) {
      for (let count = 0; count * CONNECTIONS_PER_ADDRESS < connections && count < MOST; count++) this.#grow();
    }
  }

  /** The one for the next connection, each in its turn; undefined where the kernel chooses. */
  next(): Uint8Array | undefined {
    const count = this.#addresses.length;
    return count === 0 ? undefined : this.#addresses[this.#next++ % count];
  }

  /** A connection could not be made for this reason, -errno: whether it is worth while to try again at once. */
  failed(error: number): boolean {
    if ((error !== -EADDRNOTAVAIL && error !== -EADDRINUSE) || !this.#grows || this.#addresses.length >= MOST)
      return false;
    this.#grow();
    // The newest has all its ports.
    this.#next = this.#addresses.length - 1;
    return true;
  }

  #grow(): void {
    this.#add(loopback(this.names.length + 1));
  }

  #add(name: string): void {
    this.names.push(name);
    this.#addresses.push(internetAddress(name, 0));
  }
}

/** Whether an address can be connected from to a host of that family. */
export function sameFamily(host: string, address: string): boolean {
  return isIPv6(host) === isIPv6(address);
}
