/** Servers on Node's own HTTP module: the few lines that everybody writes first, and `serve`. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Peer } from './peer.js';

const NODE_HTTP = `import { createReadStream, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { join, normalize } from 'node:path';

const [directory, port] = process.argv.slice(2);

const server = createServer((request, response) => {
  const path = join(directory, normalize(decodeURIComponent(new URL(request.url, 'http://localhost').pathname)));
  const status = statSync(path, { throwIfNoEntry: false });
  if (status === undefined || !status.isFile()) {
    response.writeHead(404).end();
    return;
  }
  response.writeHead(200, { 'Content-Length': status.size, 'Last-Modified': status.mtime.toUTCString() });
  if (request.method === 'HEAD') response.end();
  else createReadStream(path).pipe(response);
});
server.keepAliveTimeout = 600_000;
server.listen(Number(port), '127.0.0.1');
`;

export const nodeHttp: Peer = {
  name: 'node-http',
  configuration:
    "node:http with createReadStream, as in the first example that everybody writes; one process, libuv's threads for the disk",
  program: process.execPath,
  programs: [],
  install: 'it is there',
  versionArgument: '--version',
  command(program, { directory, scratch, port }) {
    const path = join(scratch, 'server.mjs');
    writeFileSync(path, NODE_HTTP);
    return [program, path, directory, String(port)];
  },
};

export const serve: Peer = {
  name: 'serve',
  configuration: 'no compression, no request log, addresses as the files are called (cleanUrls off)',
  programs: ['serve'],
  install: 'npm install --global serve@14',
  versionArgument: '--version',
  command(program, { directory, scratch, port }) {
    const path = join(scratch, 'serve.json');
    // Else it answers /index.html with a redirect.
    writeFileSync(path, '{ "cleanUrls": false }\n');
    return [
      ...[program, '--config', path, '--listen', `tcp://127.0.0.1:${port}`, '--no-compression', '--no-request-logging'],
      ...['--no-clipboard', '--no-port-switching', directory],
    ];
  },
};
