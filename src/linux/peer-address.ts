/** Who is at the other end of a socket: getpeername(2), ip(7), ipv6(7). */
import { checked, native } from './library.js';

const AF_INET = 2;
const AF_INET6 = 10;
/** sizeof(struct sockaddr_in6), the larger of the two. */
const ADDRESS_BYTES = 28;
/** The bytes before an IPv4 address in the IPv6 form that sockets for both have for it. */
const MAPPED = '0:0:0:0:0:ffff:';

const cGetpeername = native<[number, Uint8Array, Uint32Array]>('int getpeername(int fd, void *address, void *length)');

/** The peer's address, an IPv4 one in its own form; undefined when there is none, as at a unix socket. */
export function addressOfPeer(
  socket: number,
): { readonly address: string; readonly port: number; readonly family: 'IPv4' | 'IPv6' } | undefined {
  const bytes = new Uint8Array(ADDRESS_BYTES);
  if (checked(cGetpeername(socket, bytes, Uint32Array.of(ADDRESS_BYTES))) < 0) return undefined;
  const view = new DataView(bytes.buffer);
  const family = view.getUint16(0, true);
  const port = view.getUint16(2);
  if (family === AF_INET) return { address: bytes.subarray(4, 8).join('.'), port, family: 'IPv4' };
  if (family !== AF_INET6) return undefined;
  const groups = Array.from({ length: 8 }, (_, group) => view.getUint16(8 + 2 * group).toString(16)).join(':');
  if (groups.startsWith(MAPPED)) return { address: bytes.subarray(20, 24).join('.'), port, family: 'IPv4' };
  // In the short form of RFC 5952, as a URL has it.
  return { address: new URL(`http://[${groups}]/`).hostname.slice(1, -1), port, family: 'IPv6' };
}
