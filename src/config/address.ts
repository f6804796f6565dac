/**
 * Addresses as people type them: hosts, [HOST:]PORT with IPv6 addresses in brackets (RFC 3986, section 3.2.2), and the paths
 * of unix sockets.
 */
import { isIP, isIPv6 } from 'node:net';

/** Where to listen: at a port of a host (undefined: of the usual one), or at the path of a unix socket, with the mode of its file. */
export type ListenAddress =
  | { readonly host: string | undefined; readonly port: number }
  | { readonly path: string; readonly mode: number | undefined };

/** What the kernel takes: sun_path of unix(7), less the NUL at its end. */
const UNIX_PATH_BYTES = 107;

/** Whether text is an IP address (without brackets) or has the form of a host name (RFC 1123, section 2.1). */
export function isHost(host: string): boolean {
  if (isIP(host) !== 0) return true;
  // All digits and dots would be an IPv4 address with a mistake in it: better refused here than looked up.
  return host.length <= 253 && /[a-z]/i.test(host) && host.split('.').every(isLabel);
}

function isLabel(label: string): boolean {
  return /^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$/i.test(label);
}

/** `[::1]` as `::1`; anything else as it is. */
export function withoutBrackets(host: string): string {
  const inside = /^\[(.*)\]$/.exec(host)?.[1];
  return inside !== undefined && isIPv6(inside) ? inside : host;
}

/** A host as it stands in a URL: an IPv6 address in brackets, and the interface that it names with its sign escaped (RFC 6874). */
export function inUrl(host: string): string {
  return isIPv6(host) ? `[${host.replace('%', '%25')}]` : host;
}

/**
 * `8080`, `:8080`, `0.0.0.0:8080`, `localhost:8080`, `[::1]:8080`, `unix:/run/amped.sock` or `unix:/run/amped.sock?mode=660` in
 * its parts, or undefined when it is none of these.
 */
export function readListen(listen: string): ListenAddress | undefined {
  if (listen.startsWith('unix:')) return readUnix(listen.slice('unix:'.length));
  const parts = /^(?:(\[[^\]]*\]|[^:[\]]*):)?(\d{1,5})$/.exec(listen);
  if (parts === null) return undefined;
  const port = Number(parts[2]);
  if (port > 65_535) return undefined;
  if (parts[1] === undefined || parts[1] === '') return { host: undefined, port };
  const host = withoutBrackets(parts[1]);
  return isHost(host) ? { host, port } : undefined;
}

function readUnix(text: string): ListenAddress | undefined {
  // A question mark begins what is said about the file: else a misspelt mode would be part of its name.
  const parts = /^(\/[^?\0]*[^/?\0])(?:\?mode=0?([0-7]{3}))?$/.exec(text);
  if (parts === null) return undefined;
  const [, path = '', mode] = parts;
  if (Buffer.byteLength(path) > UNIX_PATH_BYTES) return undefined;
  return { path, mode: mode === undefined ? undefined : Number.parseInt(mode, 8) };
}
