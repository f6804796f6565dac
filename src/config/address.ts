/** Addresses as people type them: hosts, and [HOST:]PORT with IPv6 addresses in brackets (RFC 3986, section 3.2.2). */
import { isIP, isIPv6 } from 'node:net';

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

/** A host as it stands in a URL: an IPv6 address in brackets. */
export function inUrl(host: string): string {
  return isIPv6(host) ? `[${host}]` : host;
}

/** `8080`, `:8080`, `0.0.0.0:8080`, `localhost:8080` or `[::1]:8080` in its parts, or undefined when it is none of these. */
export function readListen(listen: string): { host: string | undefined; port: number } | undefined {
  const parts = /^(?:(\[[^\]]*\]|[^:[\]]*):)?(\d{1,5})$/.exec(listen);
  if (parts === null) return undefined;
  const port = Number(parts[2]);
  if (port > 65_535) return undefined;
  if (parts[1] === undefined || parts[1] === '') return { host: undefined, port };
  const host = withoutBrackets(parts[1]);
  return isHost(host) ? { host, port } : undefined;
}
