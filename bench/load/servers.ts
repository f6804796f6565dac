/** Who is asked by both clients: servers that limit by a clock, so that the clients can agree, and servers that are fast. */
import { join } from 'node:path';
import { KIBIBYTE } from '../peers/files.js';
import type { Peer } from '../peers/peer.js';
import { PEERS } from '../peers/peers/all.js';
import { PROJECT } from '../peers/project.js';
import type { Shows } from './agreement.js';

/** Of a file, by the size in bytes of what is asked for; of an application, its path. */
type Served = { readonly size: number } | { readonly path: string };

export interface Server {
  readonly name: string;
  /** In a few words, printed above its table. */
  readonly what: string;
  readonly peer: Peer;
  readonly served: Served;
  readonly connections: number;
  readonly shows: Shows;
}

const HANDLER = join(PROJECT, 'bench', 'load', 'handler.js');

function known(name: string): Peer {
  const peer = PEERS.find((one) => one.name === name);
  if (peer === undefined) throw new Error(`There is no peer ${name}.`);
  return peer;
}

const amped = known('amped-io_uring');
const handler: Peer = {
  ...amped,
  name: 'handler',
  configuration: 'an application that answers by a clock (bench/load/handler.js)',
  application: true,
  command: (program, { port }) => [process.execPath, program, HANDLER, '--port', String(port)],
};
const nginx = known('nginx-sendfile-off');

export const SERVERS: readonly Server[] = [
  {
    ...{ name: 'waits', what: 'a handler that waits for 5 ms', peer: handler, served: { path: '/waits' } },
    ...{ connections: 16, shows: 'agreement' },
  },
  {
    ...{ name: 'computes', what: 'a handler that computes for 200 us', peer: handler, served: { path: '/computes' } },
    ...{ connections: 16, shows: 'agreement' },
  },
  {
    ...{ name: 'amped-1kib', what: 'Amped on io_uring, 1 KiB', peer: amped, served: { size: KIBIBYTE } },
    ...{ connections: 64, shows: 'load' },
  },
  {
    ...{ name: 'amped-100kib', what: 'Amped on io_uring, 100 KiB', peer: amped, served: { size: 100 * KIBIBYTE } },
    ...{ connections: 64, shows: 'load' },
  },
  {
    ...{ name: 'nginx-1kib', what: 'nginx, 1 KiB', peer: nginx, served: { size: KIBIBYTE } },
    ...{ connections: 64, shows: 'load' },
  },
];
