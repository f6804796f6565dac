/** Runs a plan in this process, from the first connection to the result. */
import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { chooseDispatcher } from '../../dispatcher/choose.js';
import type { ReceiveSize } from '../../dispatcher/receive-buffers.js';
import { pinProcess } from '../../linux/affinity.js';
import { awaitConnection, startConnecting } from '../../linux/connecting.js';
import { ECONNREFUSED, EMFILE, errorName } from '../../linux/errno.js';
import { descriptorLimit } from '../../linux/limits.js';
import { internetAddress, type SocketAddress } from '../../linux/socket-address.js';
import { close } from '../../linux/sockets.js';
import { Arena } from '../../memory/arena.js';
import { type CompletePlan, completePlan, destinationOf, PlanError } from './complete-plan.js';
import { Connector } from './connector.js';
import { LoadClient } from './load-client.js';
import type { RunLoadOptions } from './load-clients.js';
import { resultOf } from './make-result.js';
import { type Opened, openConnections } from './open-connections.js';
import type { LoadPlan } from './plan.js';
import { Requests, requestText } from './requests.js';
import type { LoadProgress, LoadResult } from './result.js';
import { totalErrors } from './result.js';

/** For the dispatcher's rings and buffers. */
const OTHER_BYTES = 64 * 1024 * 1024;
/** Of one connection, and of all together. */
const MOST_BATCH_BYTES = 65_536;
const MOST_BATCHES_BYTES = 512 * 1024 * 1024;
/** A body of 100 KiB comes in few pieces; and there are enough of them for an answer on each connection in a turn. */
const RECEIVE_BYTES = 16_384;
const LEAST_RECEIVE_BUFFERS = 256;
const MOST_RECEIVE_BUFFERS = 1024;
/** Descriptors that are not connections. */
const OTHER_DESCRIPTORS = 64;
/** How long one of several addresses of a host may take to answer before the next is tried. */
const PROBE_MILLISECONDS = 1000;
const PROGRESS_MILLISECONDS = 250;

/** There is no server. The message is one sentence for the user. */
export class UnreachableError extends Error {
  override name = 'UnreachableError';
}

/** Throws PlanError, UnreachableError, DispatcherUnavailableError. */
export async function loadHere(plan: LoadPlan, options: RunLoadOptions = {}): Promise<LoadResult> {
  const complete = completePlan(plan);
  const { address, authority } = destinationOf(complete.url);
  checkDescriptors(complete);
  if (complete.processor !== undefined && pinProcess(complete.processor) < 0) {
    throw new PlanError(`There is no processor ${complete.processor} that this process may run on.`);
  }
  const resolved = await resolve(address, complete.url);
  const texts = complete.targets.map((target) => requestText(target, authority, complete.keepAlive));
  const batchBytes = batchBytesOf(complete, texts);
  const bytes = texts.reduce((sum, text) => sum + text.length + 64, 0) + (batchBytes + 64) * complete.connections;
  const arena = new Arena(bytes + OTHER_BYTES);
  try {
    const { dispatcher } = chooseDispatcher(complete.dispatcher, arena, receiveSize(complete));
    try {
      const requests = new Requests(arena, texts, complete.targets);
      const all = complete.connections + complete.idleConnections + (complete.slowReaders?.count ?? 0);
      const connector = connectorOf(resolved, all, complete);
      const client = new LoadClient(complete, { arena, dispatcher, requests, connector, batchBytes });
      return await withClient(client, complete, options);
    } finally {
      dispatcher.destroy();
    }
  } finally {
    arena.destroy();
  }
}

async function withClient(client: LoadClient, plan: CompletePlan, options: RunLoadOptions): Promise<LoadResult> {
  const { signal, progress } = options;
  const goOn = (): boolean => signal?.aborted !== true;
  const stop = (): void => client.stop();
  signal?.addEventListener('abort', stop);
  const telling = progress === undefined ? undefined : tell(client, progress);
  try {
    const { connector, tally } = client;
    // Each of them has a connection a request, save for the first, which shows whether anybody is there.
    const busyCount = plan.keepAlive ? plan.connections : Math.min(1, plan.connections);
    const open = (count: number): Promise<Opened> =>
      openConnections(count, connector, tally, plan.timeoutMilliseconds, goOn);
    const busy = await open(Math.max(1, busyCount));
    if (busy.sockets.length === 0 && goOn()) throw new UnreachableError(whyUnreachable(plan, busy.firstError));
    const idle = await open(plan.idleConnections);
    // Where nobody is busy, the first was there to see.
    const surplus = busy.sockets.splice(plan.connections);
    for (const socket of surplus) close(socket);
    if (!goOn()) client.stop();
    await client.run({ busy: busy.sockets, idle: idle.sockets });
    return resultOf(client, plan);
  } finally {
    clearInterval(telling);
    signal?.removeEventListener('abort', stop);
  }
}

function tell(client: LoadClient, progress: (progress: LoadProgress) => void): NodeJS.Timeout {
  let answeredBefore = 0;
  let before = performance.now();
  return setInterval(() => {
    const now = performance.now();
    const { phases, tally } = client;
    progress({
      phase: phases.phase === 'resting' ? 'warm-up' : phases.phase,
      seconds: (now - phases.since) / 1000,
      answered: tally.answered,
      errors: totalErrors(tally.errors),
      requestsPerSecond: ((tally.answered - answeredBefore) * 1000) / (now - before),
    });
    answeredBefore = tally.answered;
    before = now;
  }, PROGRESS_MILLISECONDS);
}

function receiveSize({ connections, pipeline }: CompletePlan): ReceiveSize {
  const wanted = 2 ** Math.ceil(Math.log2(Math.max(1, 2 * connections * pipeline)));
  return {
    count: Math.min(MOST_RECEIVE_BUFFERS, Math.max(LEAST_RECEIVE_BUFFERS, wanted)),
    bytes: RECEIVE_BYTES,
  };
}

function checkDescriptors({ connections, idleConnections, slowReaders, keepAlive }: CompletePlan): void {
  // One that ends may still be open while the next is opened.
  const busy = keepAlive ? connections : 2 * connections;
  const needed = busy + idleConnections + (slowReaders?.count ?? 0) + OTHER_DESCRIPTORS;
  const limit = descriptorLimit();
  if (needed > limit) {
    throw new PlanError(
      `So many connections need ${needed} descriptors, and this process may have ${limit}: see ulimit -n.`,
    );
  }
}

async function resolve(address: SocketAddress, url: string): Promise<SocketAddress> {
  if ('path' in address || isIP(address.host.replace(/%.*/, '')) !== 0) return address;
  let found: readonly { readonly address: string }[];
  try {
    found = await lookup(address.host, { all: true });
  } catch {
    throw new UnreachableError(`There is no host ${address.host} (in ${url}).`);
  }
  const all = found.map((one) => ({ host: one.address, port: address.port }));
  // localhost may be ::1 and 127.0.0.1, and a server at one of them only.
  return all.find((one) => all.length === 1 || listens(one)) ?? (all[0] as SocketAddress);
}

function listens({ host, port }: { readonly host: string; readonly port: number }): boolean {
  const socket = startConnecting(internetAddress(host, port));
  if (socket < 0) return false;
  const error = awaitConnection(socket, PROBE_MILLISECONDS);
  close(socket);
  return error === 0;
}

function connectorOf(address: SocketAddress, connections: number, { localAddresses }: CompletePlan): Connector {
  const six = 'host' in address && isIP(address.host.replace(/%.*/, '')) === 6;
  if (localAddresses !== undefined) {
    const names = typeof localAddresses === 'number' ? ['127.0.0.1'] : localAddresses;
    if ('path' in address || names.some((name) => (isIP(name) === 6) !== six)) {
      throw new PlanError('localAddresses must be of the same kind as the address of the server.');
    }
  }
  return new Connector(address, connections, localAddresses);
}

function batchBytesOf({ pipeline, connections }: CompletePlan, texts: readonly Buffer[]): number {
  if (pipeline === 1) return 0;
  const longest = texts.reduce((most, text) => Math.max(most, text.length), 0);
  const share = Math.floor(MOST_BATCHES_BYTES / Math.max(1, connections));
  return Math.min(pipeline * longest, MOST_BATCH_BYTES, share);
}

function whyUnreachable({ url, timeoutMilliseconds }: CompletePlan, error: number): string {
  if (error === -ECONNREFUSED) return `Nobody listens at ${url}: the connection was refused.`;
  if (error === -EMFILE) return 'This process may have no more descriptors: see ulimit -n.';
  const name = errorName(error);
  if (name === 'EAGAIN') return `${url} has not accepted a connection within ${timeoutMilliseconds / 1000} s.`;
  return `${url} cannot be reached (${name === 'UNKNOWN' ? `error ${-error}` : name}).`;
}
