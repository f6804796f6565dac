/** Writes a text that comes in pieces to a file, one piece after the other, and lets others run in between. */
import { write } from 'node:fs';
import { promisify } from 'node:util';

const writeBytes = promisify(write);

/** Rejects with the error of write(2). */
export async function writePieces(file: number, pieces: Iterable<string>): Promise<void> {
  for (const piece of pieces) {
    const bytes = Buffer.from(piece);
    for (let at = 0; at < bytes.length; ) {
      const { bytesWritten } = await writeBytes(file, bytes, at, bytes.length - at);
      at += bytesWritten;
    }
  }
}
