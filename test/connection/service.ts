/** What connections share, for tests of one: as much as every test needs; what it is about a test says itself. */
import type { ConnectionLimits, Service } from '../../src/connection/service.js';
import { HeadMemory } from '../../src/http/head-memory.js';
import { RequestHead } from '../../src/http/request-head.js';
import { Heap } from '../../src/memory/heap.js';
import { COUNTS } from '../../src/metrics/counts.js';
import { UNTRACED } from '../../src/metrics/trace/tracing.js';

const LIMITS: ConnectionLimits = {
  head: { requestLineBytes: 1024, headerBytes: 4096, headerCount: 20 },
  bodyBytes: 100,
  headerTimeout: 20,
  bodyTimeout: 30,
  keepAliveTimeout: 65,
  writeTimeout: 60,
  keepAliveRequests: 100,
  connectionRequests: Number.POSITIVE_INFINITY,
  bodyRate: 0,
  sendRate: 0,
};

type Given = Pick<Service, 'arena' | 'dispatcher' | 'site'> & Partial<Omit<Service, 'limits'>>;

export function serviceWith(given: Given, limits: Partial<ConnectionLimits> = {}): Service {
  return {
    inputs: given.inputs ?? new Heap(given.arena, 4 * 1024 * 1024),
    limits: { ...LIMITS, ...limits },
    memory: new HeadMemory(),
    tracing: UNTRACED,
    head: new RequestHead(),
    draining: false,
    closesIdle: false,
    counts: new Float64Array(COUNTS),
    othersWait: () => false,
    open: new Set(),
    closed: () => {},
    ...given,
  };
}
