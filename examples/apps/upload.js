/**
 * An upload that is never in memory as a whole: its SHA-256 while it comes, and back-pressure if that is slower than the client.
 *   node dist/cli/main.js examples/apps/upload.js --max-body-bytes 10GiB
 *   curl --upload-file large.iso http://127.0.0.1:3000/
 */
import { createHash } from 'node:crypto';

export default {
  async fetch(request) {
    if (request.body === null) return new Response('Send me something: PUT or POST.\n');
    const hash = createHash('sha256');
    let bytes = 0;
    for await (const piece of request.body) {
      hash.update(piece);
      bytes += piece.length;
    }
    return Response.json({ bytes, sha256: hash.digest('hex') });
  },
};
