/** The same on node:http, without a framework. Argument: the port. */
import { createServer } from 'node:http';

const listeners = new Set();

const ROUTES = {
  '/hello': (_request, response) => {
    response.writeHead(200, { 'content-type': 'text/plain;charset=UTF-8', 'content-length': 5 }).end('hello');
  },
  '/echo': (request, response) => {
    const pieces = [];
    request.on('data', (piece) => pieces.push(piece));
    request.on('end', () => {
      const text = JSON.stringify(JSON.parse(Buffer.concat(pieces).toString()));
      response.writeHead(200, { 'content-type': 'application/json' }).end(text);
    });
  },
  '/events': (_request, response) => {
    listeners.add(response);
    response.on('close', () => listeners.delete(response));
    response.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: begun\n\n');
  },
  '/publish': (_request, response) => {
    const event = `data: ${new Date().toISOString()}\n\n`;
    for (const listener of listeners) listener.write(event);
    response.end(String(listeners.size));
  },
  '/end': (_request, response) => {
    for (const listener of listeners) listener.end();
    response.end('ended');
  },
};

createServer((request, response) => {
  const route = ROUTES[request.url];
  if (route === undefined) response.writeHead(404).end();
  else route(request, response);
}).listen(Number(process.argv[2]), '127.0.0.1');
