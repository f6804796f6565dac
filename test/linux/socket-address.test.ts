/** Addresses of sockets: what is written is read back, and the kernel reads it as it was meant. */
import { networkInterfaces } from 'node:os';
import { describe, expect, it } from 'vitest';
import { internetAddress, readAddress, unixAddress } from '../../src/linux/socket-address.js';

describe('an address', () => {
  it.each([
    ['127.0.0.1', 80, '127.0.0.1'],
    ['0.0.0.0', 0, '0.0.0.0'],
    ['255.254.253.252', 65_535, '255.254.253.252'],
    ['::', 8080, '::'],
    ['0:0:0:0:0:0:0:1', 8080, '::1'],
    ['2001:DB8::A:0:0:1', 1, '2001:db8::a:0:0:1'],
    ['fe80::1%1', 443, 'fe80::1%1'],
    ['::ffff:10.1.2.3', 443, '10.1.2.3'],
    ['::fffe:10.1.2.3', 443, '::fffe:a01:203'],
  ])('%s with port %i is read back as %s', (host, port, read) => {
    const address = internetAddress(host, port);
    expect(readAddress(address, address.length)).toEqual({ host: read, port });
  });

  it('may name the interface that it is on', () => {
    const [loopback] = Object.keys(networkInterfaces());
    const address = internetAddress(`fe80::1%${loopback}`, 1);
    expect(readAddress(address, address.length)).toMatchObject({ host: expect.stringMatching(/^fe80::1%[1-9]\d*$/) });
    expect(() => internetAddress('fe80::1%absent0', 1)).toThrow(expect.objectContaining({ code: 'EADDRNOTAVAIL' }));
  });

  it.each(['/run/a.sock', '/a b/ü', '@abstract', '@'])('%j is read back', (path) => {
    const address = unixAddress(path);
    expect(readAddress(address, address.length)).toEqual({ path });
  });

  it('of a socket without a name is empty, and of another family nothing', () => {
    expect(readAddress(Uint8Array.of(1, 0), 2)).toEqual({ path: '' });
    expect(readAddress(new Uint8Array(110).fill(16), 12)).toBeUndefined();
  });
});
