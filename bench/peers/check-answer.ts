/** Before a server is measured it has to answer with the file: 200, and every byte of it. */

import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { get, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import type { Readable } from 'node:stream';

/** Throws with what is wrong about a server's answer for `path` beneath `directory`. */
export async function checkAnswer(port: number, directory: string, path: string): Promise<void> {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    get({ host: '127.0.0.1', port, path, agent: false }, resolve).on('error', reject);
  });
  if (response.statusCode !== 200) {
    response.resume();
    throw new Error(`GET ${path} was answered with ${response.statusCode}`);
  }
  const [answered, expected] = await Promise.all([digest(response), digest(createReadStream(join(directory, path)))]);
  if (answered !== expected) throw new Error(`GET ${path} was answered with other bytes than the file's`);
}

async function digest(stream: Readable): Promise<string> {
  const hash = createHash('sha1');
  for await (const piece of stream) hash.update(piece as Buffer);
  return hash.digest('hex');
}
