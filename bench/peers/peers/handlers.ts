/** What serves applications: one fetch handler, one application of Hono, and the same by hand (config/handlers). */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Peer, Service } from '../peer.js';
import { benchFile, PROJECT } from '../project.js';
import { bun } from './bun.js';

const AMPED = join(PROJECT, 'dist', 'cli', 'main.js');

function app(name: string): string {
  return benchFile('config', 'handlers', `${name}.js`);
}

const amped = (name: string, what: string): Omit<Peer, 'name'> => ({
  configuration: `${what} (config/handlers/${name}.js), everything else as by default`,
  install: 'npm run build',
  versionArgument: '--version',
  find: () => (existsSync(AMPED) ? AMPED : undefined),
  command: (program: string, { port }: Service) => [process.execPath, program, app(name), '--port', String(port)],
});

const node = (name: string, what: string): Omit<Peer, 'name'> => ({
  configuration: `${what} (config/handlers/${name}.js)`,
  install: 'npm install',
  find: () => process.execPath,
  command: (program: string, { port }: Service) => [program, app(name), String(port)],
});

const PEERS: Readonly<Record<string, Omit<Peer, 'name'>>> = {
  'handlers-amped': amped('fetch', 'a fetch handler'),
  'handlers-bun': {
    ...(bun[0] as Peer),
    configuration: 'Bun.serve with the same fetch handler (config/handlers/bun.js)',
    command: (program, { port }) => [program, app('bun'), String(port)],
  },
  'handlers-node-http': node('node-http', 'node:http by hand'),
  'handlers-hono-on-amped': amped('hono', 'an application of Hono'),
  'handlers-hono-node-server': node('hono-node-server', '@hono/node-server with the same application of Hono'),
};

export const handlers: readonly Peer[] = Object.entries(PEERS).map(([name, peer]) => ({
  ...peer,
  name,
  onRequest: true,
  application: true,
}));
