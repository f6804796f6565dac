/** Opens connections to the server. */
import { type ConnectOptions, startConnecting } from '../../linux/connecting.js';
import { internetAddress, type SocketAddress, unixAddress } from '../../linux/socket-address.js';
import { LocalAddresses } from './local-addresses.js';

export class Connector {
  /** Connections begun. */
  opened = 0;
  readonly local: LocalAddresses;
  readonly #to: Uint8Array;

  /** @param connections how many there will be at a time. */
  constructor(address: SocketAddress, connections: number, given: number | readonly string[] | undefined) {
    const isPath = 'path' in address;
    this.#to = isPath ? unixAddress(address.path) : internetAddress(address.host, address.port);
    this.local = new LocalAddresses(isPath ? undefined : address.host, connections, given);
  }

  /**
   * A non-blocking socket whose connection is there or under way, or -errno.
   * @param receiveBytes what the kernel shall hold for it. @param own the address to connect from, and no other.
   */
  open(receiveBytes?: number, own?: Uint8Array): number {
    for (;;) {
      const from = own ?? this.local.next();
      const options: ConnectOptions = {
        ...(from === undefined ? {} : { from }),
        ...(receiveBytes === undefined ? {} : { receiveBytes }),
      };
      const socket = startConnecting(this.#to, options);
      if (socket >= 0) this.opened++;
      if (socket >= 0 || own !== undefined || !this.local.failed(socket)) return socket;
    }
  }
}
