/** Back-pressure in every architecture: of a stream whose reader is slow, and of an upload whose handler is. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Architecture } from './conformance/architectures.js';
import { RawConnection, request } from './conformance/raw-client.js';
import { ServerProcess } from './conformance/server-process.js';
import { eventually } from './models/scripts.js';

/** /down gives so many pieces; /up takes none until the file `go` is there. How far each has come stands in a file. */
const APP = `
import { existsSync, writeFileSync } from 'node:fs';
const tell = (name, number) => writeFileSync(new URL(name, import.meta.url), String(number));
const PIECE = 65536;
export default {
  async fetch(request) {
    const url = new URL(request.url);
    if (url.pathname === '/down') {
      const pieces = Number(url.searchParams.get('pieces'));
      let given = 0;
      return new Response(new ReadableStream({
        pull(controller) {
          controller.enqueue(new Uint8Array(PIECE).fill(given % 251));
          tell('given', ++given);
          if (given === pieces) controller.close();
        },
      }));
    }
    while (!existsSync(new URL('go', import.meta.url))) await new Promise((done) => setTimeout(done, 10));
    let bytes = 0;
    for await (const piece of request.body) bytes += piece.length;
    return Response.json({ bytes });
  },
};
`;

const ARCHITECTURES: readonly (readonly [name: string, ...options: string[]])[] = [
  ['event, io_uring or epoll'],
  ['event, epoll', '--dispatcher', 'epoll'],
  ['event, 2 loops', '--loops', '2'],
  ['thread', '--model', 'thread', '--workers', '2'],
  ['process', '--model', 'process', '--workers', '2'],
];

const PIECE = 65_536;
const PIECES = 256;
const UPLOAD_BYTES = 16 * 1024 * 1024;
/** What may lie between handler and client: what the kernel keeps for both sockets, and what the server reads ahead. */
const MOST_UNDER_WAY = 12 * 1024 * 1024;
const STANDING_MILLISECONDS = 200;

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'amped-streams-'));
  writeFileSync(join(folder, 'app.mjs'), APP);
});

afterAll(() => rmSync(folder, { recursive: true }));

describe.each(ARCHITECTURES)('%s', (_name, ...options) => {
  it('a handler is held up by a slow client, a client by a slow handler, and nothing is lost', async () => {
    for (const name of ['go', 'given']) rmSync(join(folder, name), { force: true });
    const server = await ServerProcess.start(
      { options } as Partial<Architecture> as Architecture,
      ...([join(folder, 'app.mjs'), '--max-body-bytes', '1GiB', '--handler-timeout', '0'] as const),
    );
    try {
      const reader = connect(server.port, '127.0.0.1').pause();
      reader.write(request(`/down?pieces=${PIECES}`, [], { version: 'HTTP/1.0' }));
      let before = -1;
      // It stands when it has not gone on for a while.
      await eventually(async () => {
        const now = givenSoFar();
        const stands = now === before && now > 0;
        before = now;
        await pause(STANDING_MILLISECONDS);
        return stands;
      });
      expect(before * PIECE).toBeLessThan(MOST_UNDER_WAY);
      const received: Buffer[] = [];
      for await (const piece of reader) received.push(piece as Buffer);
      const all = Buffer.concat(received);
      const content = all.subarray(all.indexOf('\r\n\r\n') + 4);
      expect(content.length).toBe(PIECES * PIECE);
      for (let piece = 0; piece < PIECES; piece++) expect(content[piece * PIECE]).toBe(piece % 251);

      const sender = await RawConnection.open(server.port);
      const body = Buffer.alloc(UPLOAD_BYTES);
      sender.socket.write(request('/up', [`Content-Length: ${UPLOAD_BYTES}`], { method: 'POST' }));
      let taken = false;
      sender.socket.write(body, () => {
        taken = true;
      });
      await pause(2 * STANDING_MILLISECONDS);
      expect(taken).toBe(false);
      writeFileSync(join(folder, 'go'), '');
      const told = JSON.parse((await sender.readResponse('POST')).body.toString());
      expect([told.bytes, taken]).toEqual([UPLOAD_BYTES, true]);
    } finally {
      RawConnection.closeAll();
      await server.stop();
    }
  }, 60_000);
});

/** How many pieces the handler has given. */
function givenSoFar(): number {
  try {
    return Number(readFileSync(join(folder, 'given'), 'utf8'));
  } catch {
    return 0;
  }
}
