/**
 * Addresses of sockets as the kernel takes and gives them: struct sockaddr_in and sockaddr_in6 (ip(7), ipv6(7)), and
 * sockaddr_un (unix(7)). In text an IPv6 address may name its interface (`fe80::1%eth0`), and a unix address that begins
 * with `@` is an abstract one, which has no file.
 */
import { isIPv6 } from 'node:net';
import { EADDRNOTAVAIL, errorFrom } from './errno.js';
import { native } from './library.js';

export const AF_UNIX = 1;
export const AF_INET = 2;
export const AF_INET6 = 10;

/** sizeof(struct sockaddr_un), the largest of them. */
export const ADDRESS_BYTES = 110;
/** The longest path of a unix socket, its NUL not counted. */
export const UNIX_PATH_BYTES = 107;
const INET_BYTES = 16;
const INET6_BYTES = 28;
const PATH = 2;
const INET_HOST = 4;
const INET6_HOST = 8;
const INET6_SCOPE = 24;
/** The bytes before an IPv4 address in an IPv6 one. */
const MAPPED = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff];

/** An IP address and a port, or the path of a unix socket; '' for one that has no name. */
export type SocketAddress = { readonly host: string; readonly port: number } | { readonly path: string };

const interfaceIndex = native<[string]>('unsigned int if_nametoindex(str name)');

/** Throws SystemError (EADDRNOTAVAIL) for an interface that this computer has not. */
export function internetAddress(host: string, port: number): Uint8Array {
  const six = isIPv6(host);
  const address = new Uint8Array(six ? INET6_BYTES : INET_BYTES);
  const words = new DataView(address.buffer);
  words.setUint16(0, six ? AF_INET6 : AF_INET, true);
  words.setUint16(2, port);
  if (six) {
    const [plain = '', zone] = host.split('%');
    address.set(ipv6Bytes(plain), INET6_HOST);
    if (zone !== undefined) words.setUint32(INET6_SCOPE, scopeOf(zone), true);
  } else {
    address.set(host.split('.').map(Number), INET_HOST);
  }
  return address;
}

export function unixAddress(path: string): Uint8Array {
  const abstract = path.startsWith('@');
  const name = Buffer.from(abstract ? path.slice(1) : path);
  // A path ends with a NUL, an abstract name begins with one.
  const address = new Uint8Array(PATH + name.length + 1);
  address[0] = AF_UNIX;
  address.set(name, abstract ? PATH + 1 : PATH);
  return address;
}

/** What the kernel has written into the first `length` bytes; undefined for a family that is none of these. */
export function readAddress(address: Uint8Array, length: number): SocketAddress | undefined {
  const words = new DataView(address.buffer, address.byteOffset);
  const family = words.getUint16(0, true);
  if (family === AF_INET) {
    return { host: [...address.subarray(INET_HOST, INET_HOST + 4)].join('.'), port: words.getUint16(2) };
  }
  if (family === AF_INET6) {
    // A socket for both kinds has an IPv4 address in a form of its own (RFC 4291 2.5.5.2), which is no other address.
    if (isMapped(address)) {
      return { host: [...address.subarray(INET6_HOST + 12, INET6_HOST + 16)].join('.'), port: words.getUint16(2) };
    }
    const groups = Array.from({ length: 8 }, (_, group) => words.getUint16(INET6_HOST + 2 * group).toString(16));
    const scope = words.getUint32(INET6_SCOPE, true);
    const plain = new URL(`http://[${groups.join(':')}]/`).hostname.slice(1, -1);
    return { host: scope === 0 ? plain : `${plain}%${scope}`, port: words.getUint16(2) };
  }
  if (family !== AF_UNIX) return undefined;
  const name = Buffer.from(address.subarray(PATH, length));
  if (name.length === 0) return { path: '' };
  if (name[0] === 0) return { path: `@${name.subarray(1)}` };
  const end = name.indexOf(0);
  return { path: name.toString('utf8', 0, end < 0 ? name.length : end) };
}

function isMapped(address: Uint8Array): boolean {
  return MAPPED.every((byte, index) => address[INET6_HOST + index] === byte);
}

function scopeOf(zone: string): number {
  const index = /^\d{1,9}$/.test(zone) ? Number(zone) : interfaceIndex(zone);
  if (index === 0) throw errorFrom(-EADDRNOTAVAIL, 'bind');
  return index;
}

function ipv6Bytes(host: string): Uint8Array {
  // The URL parser writes every form of an IPv6 address in the one of RFC 5952.
  const [before = '', after] = new URL(`http://[${host}]/`).hostname.slice(1, -1).split('::');
  const groups = (text: string): number[] =>
    text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16));
  const head = groups(before);
  const tail = groups(after ?? '');
  const all = [...head, ...new Array<number>(8 - head.length - tail.length).fill(0), ...tail];
  return Uint8Array.from(all.flatMap((group) => [group >> 8, group & 0xff]));
}
