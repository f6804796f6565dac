/** Who is at the other end of a socket: getpeername(2). */
import { native } from './library.js';
import { ADDRESS_BYTES, readAddress } from './socket-address.js';
import { GETPEERNAME, made } from './system-calls.js';

const cGetpeername = native<[number, Uint8Array, Uint32Array]>('int getpeername(int fd, void *address, void *length)');

const peer = new Uint8Array(ADDRESS_BYTES);
const length = new Uint32Array(1);

/** The peer's address; undefined when there is none, as at a unix socket, or when it has gone. */
export function addressOfPeer(
  socket: number,
): { readonly address: string; readonly port: number; readonly family: 'IPv4' | 'IPv6' } | undefined {
  length[0] = peer.length;
  if (made(GETPEERNAME, cGetpeername(socket, peer, length)) < 0) return undefined;
  const address = readAddress(peer, length[0]);
  if (address === undefined || 'path' in address) return undefined;
  const { host, port } = address;
  return { address: host, port, family: host.includes(':') ? 'IPv6' : 'IPv4' };
}
