/** Writes a text that comes in pieces to a file, one piece after the other, and lets others run in between. */
import { write } from 'node:fs';
import { promisify } from 'node:util';

const writeBytes = promisify(write);

/** Rejects with the error of write(2). */
export async function writePieces(file: number, pieces: Iterable<string>): Promise<void> {
  for (const piece of pieces) {
    const bytes = Buffer.from(piece);
    let at = 0;
    // Also an empty one: it is there for others to run.
    do at += (await writeBytes(file, bytes, at, bytes.length - at)).bytesWritten;
    while (at < bytes.length);
  }
}
