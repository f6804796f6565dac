/** Who is at the other end of a socket, as the kernel says. */
import { closeSync, openSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { addressOfPeer } from '../../src/linux/peer-address.js';
import { accept4, close, listen, SOCK_CLOEXEC } from '../../src/linux/sockets.js';

describe('the address of a peer', () => {
  it.each([
    ['127.0.0.1', 'IPv4'],
    ['::1', 'IPv6'],
  ])('%s', async (host, family) => {
    const { descriptor, port } = listen(host, 0, 16, { blocking: true });
    const client = connect(port, host);
    await new Promise((done) => client.once('connect', done));
    const socket = accept4(descriptor, SOCK_CLOEXEC);
    expect(addressOfPeer(socket)).toEqual({ address: host, port: client.localPort, family });
    client.destroy();
    close(socket);
    close(descriptor);
  });

  it('is one of IPv4 in its own form, also where the socket is for both', async () => {
    const server = createServer().listen(0, '::');
    await new Promise((listening) => server.once('listening', listening));
    const accepted = new Promise<Socket>((resolve) => server.once('connection', resolve));
    const client = connect((server.address() as { port: number }).port, '127.0.0.1');
    const socket = await accepted;
    // What Node leaves as it is shows that the kernel has it so.
    expect(socket.remoteAddress).toBe('::ffff:127.0.0.1');
    const { fd } = (socket as unknown as { _handle: { fd: number } })._handle;
    expect(addressOfPeer(fd)).toEqual({ address: '127.0.0.1', port: client.localPort, family: 'IPv4' });
    client.destroy();
    socket.destroy();
    await new Promise((closed) => server.close(closed));
  });

  it('is undefined where there is none', () => {
    const file = openSync('/dev/null', 'r');
    expect(addressOfPeer(file)).toBeUndefined();
    expect(addressOfPeer(-1)).toBeUndefined();
    closeSync(file);
  });
});
