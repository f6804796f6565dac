/** A plan with its defaults, checked: what cannot be done is refused by one sentence before anything is sent. */
import { isIP } from 'node:net';
import type { LoadOrder, LoadPace, LoadPlan, LoadTarget } from './plan.js';

/** Nothing is left out but what has no default. */
export type CompletePlan = Required<Omit<LoadPlan, Optional>> & Pick<LoadPlan, Optional>;
type Optional = 'slowReaders' | 'localAddresses' | 'seconds' | 'requests' | 'processor';

/** A plan that cannot be done. The message is one sentence for the user. */
export class PlanError extends Error {
  override name = 'PlanError';
}

/** A server's address, and what Host says of it. */
export interface Destination {
  readonly address: { readonly host: string; readonly port: number } | { readonly path: string };
  readonly authority: string;
}

export const MOST_CONNECTIONS = 1_000_000;
export const MOST_PIPELINED = 1_000;
const MOST_PATH_BYTES = 65_536;
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const TARGET = /^(\/|\*$)[\x21-\x7e]*$/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what a field value must not have.
const FIELD_VALUE = /^[^\x00-\x08\x0a-\x1f\x7f]*$/;

/** Throws PlanError. */
export function completePlan(plan: LoadPlan): CompletePlan {
  const complete: CompletePlan = {
    order: { kind: 'random' },
    connections: 1,
    pace: { kind: 'closed' },
    keepAlive: true,
    pipeline: 1,
    thinkMilliseconds: 0,
    idleConnections: 0,
    warmUpSeconds: 0,
    timeoutMilliseconds: 10_000,
    hashSample: 64,
    seed: 1,
    dispatcher: 'auto',
    ...plan,
  };
  destinationOf(plan.url);
  checkNumbers(complete);
  if (plan.targets.length === 0) throw new PlanError('A plan needs at least one target.');
  for (const [index, target] of plan.targets.entries()) checkTarget(target, `targets[${index}]`);
  checkOrder(complete.order, plan.targets);
  checkPace(complete.pace);
  checkTogether(complete);
  return complete;
}

function checkNumbers(plan: CompletePlan): void {
  within('connections', plan.connections, 0, MOST_CONNECTIONS);
  within('idleConnections', plan.idleConnections, 0, MOST_CONNECTIONS);
  within('pipeline', plan.pipeline, 1, MOST_PIPELINED);
  within('hashSample', plan.hashSample, 0, Number.MAX_SAFE_INTEGER);
  within('timeoutMilliseconds', plan.timeoutMilliseconds, 1, 3_600_000);
  within('seed', plan.seed, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
  if (plan.requests !== undefined) within('requests', plan.requests, 1, Number.MAX_SAFE_INTEGER);
  if (plan.processor !== undefined) within('processor', plan.processor, 0, 1023);
  between('thinkMilliseconds', plan.thinkMilliseconds, 0, 3_600_000);
  between('warmUpSeconds', plan.warmUpSeconds, 0, 86_400);
  if (plan.seconds !== undefined) between('seconds', plan.seconds, 0.001, 86_400);
  if (plan.slowReaders !== undefined) {
    within('slowReaders.count', plan.slowReaders.count, 0, MOST_CONNECTIONS);
    const { bytesPerSecond, localAddresses } = plan.slowReaders;
    if (bytesPerSecond !== undefined) between('slowReaders.bytesPerSecond', bytesPerSecond, 1, 1e12);
    const wrong = localAddresses?.find((address) => isIP(address) === 0);
    if (wrong !== undefined) {
      throw new PlanError(`slowReaders.localAddresses must be IP addresses, not ${JSON.stringify(wrong)}.`);
    }
  }
}

function checkTarget({ path, method, fields = [], weight, rank, sha256 }: LoadTarget, name: string): void {
  if (!TARGET.test(path) || path.length > MOST_PATH_BYTES) {
    throw new PlanError(`${name}.path must begin with / and be ASCII without spaces, not ${JSON.stringify(path)}.`);
  }
  if (method !== undefined && (!TOKEN.test(method) || method === 'CONNECT')) {
    throw new PlanError(`${name}.method must be a method such as GET, not ${JSON.stringify(method)}.`);
  }
  for (const [field, value] of fields) {
    if (!TOKEN.test(field)) throw new PlanError(`${name} has a field whose name is ${JSON.stringify(field)}.`);
    if (!FIELD_VALUE.test(value)) throw new PlanError(`${name} has a field ${field} with control characters.`);
  }
  if (weight !== undefined) between(`${name}.weight`, weight, 0, Number.MAX_VALUE);
  if (rank !== undefined) within(`${name}.rank`, rank, 1, Number.MAX_SAFE_INTEGER);
  if (sha256 !== undefined && !/^[\da-f]{64}$/i.test(sha256)) {
    throw new PlanError(`${name}.sha256 must be 64 hexadecimal digits, not ${JSON.stringify(sha256)}.`);
  }
}

function checkOrder(order: LoadOrder, targets: readonly LoadTarget[]): void {
  if (order.kind === 'random') {
    if (order.zipf !== undefined) between('order.zipf', order.zipf, 0, 10);
    else if (targets.every(({ weight = 1 }) => weight === 0)) throw new PlanError('Every target has the weight 0.');
  } else if (order.kind === 'trace') {
    let last = 0;
    for (const [index, [due, target]] of order.requests.entries()) {
      if (!(due >= last)) throw new PlanError(`order.requests[${index}] is due before the one that comes first.`);
      if (targets[target] === undefined) throw new PlanError(`order.requests[${index}] asks for no target.`);
      last = due;
    }
  } else if (order.kind !== 'sequence') {
    throw new PlanError(`order.kind must be one of random, sequence, trace.`);
  }
}

function checkPace(pace: LoadPace): void {
  if (pace.kind === 'open') between('pace.rate', pace.rate, 0.001, 10_000_000);
  else if (pace.kind !== 'closed') throw new PlanError('pace.kind must be closed or open.');
}

function checkTogether({ order, pace, keepAlive, pipeline, thinkMilliseconds, ...plan }: CompletePlan): void {
  if (plan.seconds === undefined && plan.requests === undefined && order.kind !== 'trace') {
    throw new PlanError('A plan needs seconds or requests, or it would have no end.');
  }
  if (!keepAlive && pipeline > 1) throw new PlanError('pipeline needs keepAlive: one request has nothing behind it.');
  const open = pace.kind === 'open' || order.kind === 'trace';
  if (open && thinkMilliseconds > 0) {
    throw new PlanError('thinkMilliseconds is for a closed loop: in an open one requests are due by themselves.');
  }
  if (plan.connections + plan.idleConnections + (plan.slowReaders?.count ?? 0) === 0) {
    throw new PlanError('A plan needs at least one connection.');
  }
  const { localAddresses } = plan;
  if (typeof localAddresses === 'number') within('localAddresses', localAddresses, 1, 254);
  else if (localAddresses?.some((address) => isIP(address) === 0)) {
    throw new PlanError(`localAddresses must be IP addresses, not ${localAddresses.join(', ')}.`);
  }
}

/** Throws PlanError. */
export function destinationOf(text: string): Destination {
  if (text.startsWith('unix:')) {
    const path = text.slice('unix:'.length);
    // The kernel's limit, see linux/socket-address.ts.
    if (path === '' || Buffer.byteLength(path) > 107)
      throw new PlanError('A unix socket has a path of 1 to 107 bytes.');
    return { address: { path }, authority: 'localhost' };
  }
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === 'https:') {
    throw new PlanError(
      'The load client speaks http only, not https: aim it at the server behind, or use another tool.',
    );
  }
  if (url?.protocol !== 'http:' || url.hostname === '') {
    throw new PlanError(`The URL must be http://HOST:PORT or unix:PATH, not ${JSON.stringify(text)}.`);
  }
  if (url.username !== '' || url.password !== '') {
    throw new PlanError('The URL must not have a password in it: give a field Authorization.');
  }
  const port = url.port === '' ? 80 : Number(url.port);
  return { address: { host: url.hostname.replace(/^\[|\]$/g, ''), port }, authority: url.host };
}

function within(name: string, value: number, least: number, most: number): void {
  if (!Number.isSafeInteger(value) || value < least || value > most) {
    throw new PlanError(`${name} must be a whole number from ${least} to ${most}, not ${JSON.stringify(value)}.`);
  }
}

function between(name: string, value: number, least: number, most: number): void {
  if (typeof value !== 'number' || !(value >= least && value <= most)) {
    throw new PlanError(`${name} must be a number from ${least} to ${most}, not ${JSON.stringify(value)}.`);
  }
}
