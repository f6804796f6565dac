/** Writes lines through the access log's writer to standard output, in a process of its own. */
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const dist = process.env.AMPED_DIST ?? fileURLToPath(new URL('../../dist', import.meta.url));
const load = (module) => import(pathToFileURL(join(dist, module)).href);
const { LogRing } = await load('log/log-ring.js');
const { LogWriter } = await load('log/log-writer.js');
const { SharedRegion } = await load('memory/shared-region.js');

const size = 65_536;
const region = SharedRegion.create(size);
const ring = new LogRing(region, 0, size);
const writer = new LogWriter('-', [new LogRing(region, 0, size)], () => {});
for (let number = 0; number < 2000; number++) {
  const line = Buffer.from(`line ${number}\n`);
  ring.reserve(line.length);
  region.bytes.set(line, ring.at);
  ring.commit(line.length);
}
await writer.end();
