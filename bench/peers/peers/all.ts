/** Every peer there is, in the order of the tables. */
import type { Peer } from '../peer.js';
import { amped, ampedArchitectures, ampedDisks, ampedMetrics, ampedTraces } from './amped.js';
import { apache } from './apache.js';
import { bun } from './bun.js';
import { handlers } from './handlers.js';
import { lighttpd } from './lighttpd.js';
import { nginx, threadedNginx } from './nginx.js';
import { nodeServers } from './node-servers.js';

export const PEERS: readonly Peer[] = [
  ...amped,
  ...ampedArchitectures,
  ...ampedDisks,
  ...ampedMetrics,
  ...ampedTraces,
  ...nginx,
  threadedNginx,
  ...lighttpd,
  ...apache,
  ...bun,
  ...nodeServers,
  ...handlers,
];
