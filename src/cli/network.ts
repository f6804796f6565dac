/** What one can type on another computer to reach a server, found from where it listens. */
import { isIP } from 'node:net';
import type { networkInterfaces } from 'node:os';

type Interfaces = ReturnType<typeof networkInterfaces>;

/** Stands for all addresses of this computer, of one family. */
const ALL: Readonly<Record<string, 'IPv4' | 'IPv6'>> = { '0.0.0.0': 'IPv4', '[::]': 'IPv6' };

/** Whether no other computer can reach any of these. */
export function isLocal(urls: readonly string[]): boolean {
  return urls.every((url) => {
    const host = hostOf(url);
    if (host === undefined || host === 'localhost' || host === '[::1]') return true;
    return isIP(host) === 4 && host.startsWith('127.');
  });
}

/** For each URL that stands for all addresses of this computer, those that it has on a network. */
export function networkUrls(urls: readonly string[], interfaces: Interfaces): string[] {
  return urls.flatMap((url) => {
    const host = hostOf(url);
    const family = host === undefined ? undefined : ALL[host];
    if (host === undefined || family === undefined) return [];
    const addresses = Object.values(interfaces).flatMap((each) => each ?? []);
    return addresses
      .filter((address) => address.family === family && !address.internal && !isLinkLocal(address.address))
      .map(({ address }) => url.replace(host, family === 'IPv6' ? `[${address}]` : address));
  });
}

/** The host of a URL, with the brackets of an IPv6 address; undefined for a path. */
function hostOf(url: string): string | undefined {
  return /^http:\/\/(\[[^\]]*\]|[^:/]*)/.exec(url)?.[1];
}

/** It means nothing without the interface, which is another one on each computer. */
function isLinkLocal(address: string): boolean {
  return /^fe[89ab]/i.test(address);
}
