/** The other end of datagrams: a unix socket that receives them, as a supervisor has one, by raw non-blocking calls. */
import { EAGAIN } from '../../src/linux/errno.js';
import { checked, native } from '../../src/linux/library.js';
import { unixAddress } from '../../src/linux/socket-address.js';
import { close } from '../../src/linux/sockets.js';

const AF_UNIX = 1;
const SOCK_DGRAM_CLOEXEC = 2 | 0o2000000;
const MSG_DONTWAIT = 0x40;

const socket = native<[number, number, number]>('int socket(int domain, int type, int protocol)');
const bind = native<[number, Uint8Array, number]>('int bind(int fd, const void *address, uint32_t length)');
const receive = native<[number, Uint8Array, number, number]>(
  'int64_t recv(int fd, void *bytes, size_t length, int flags)',
);

export class Datagrams {
  readonly #descriptor: number;
  /** Everything received so far, in order. */
  readonly received: string[] = [];

  /** @param path of the socket; an abstract one with `@` in front. */
  constructor(path: string) {
    this.#descriptor = checked(socket(AF_UNIX, SOCK_DGRAM_CLOEXEC, 0));
    const address = unixAddress(path);
    const result = checked(bind(this.#descriptor, address, address.length));
    if (result < 0) throw new Error(`bind failed with error ${-result}`);
  }

  /** Receives what there is. */
  read(): readonly string[] {
    const bytes = new Uint8Array(4096);
    for (;;) {
      const result = checked(receive(this.#descriptor, bytes, bytes.length, MSG_DONTWAIT));
      if (result === -EAGAIN) return this.received;
      if (result < 0) throw new Error(`recv failed with error ${-result}`);
      this.received.push(Buffer.from(bytes.subarray(0, result)).toString());
    }
  }

  close(): void {
    close(this.#descriptor);
  }
}
