/**
 * Who is compared: an architecture with its dispatcher, its disk strategy and its number of loops or workers, written in one
 * word, such as `event/epoll`, `event/io_uring/helpers`, `event/io_uring/auto:2`, `thread:16`, `process/shared:16`.
 */
import { OptionError } from '../config/option-error.js';
import { nearest } from '../config/spelling.js';
import { DISPATCHER_NAMES } from '../dispatcher/dispatcher.js';
import type { Workload } from './workloads/fields.js';

/** A part of the choice; `undefined`: as by default. */
export interface Configuration {
  /** As it is written: its name in every table. */
  readonly name: string;
  readonly model: 'event' | 'process' | 'thread';
  readonly dispatcher?: string;
  readonly disk?: string;
  readonly sharedCache?: true;
  /** How many loops or workers; without: one loop, or a worker for each connection. */
  readonly count?: number;
}

const DISKS = ['auto', 'blocking', 'helpers', 'io_uring'];
const MOST_WORKERS = 512;
const MOST_LOOPS = 256;

export const CONFIGURATION_EXAMPLES =
  'event/epoll, event/io_uring/helpers, event/io_uring/auto:2, thread:16, process/shared:16';

/** Reads one. Throws OptionError. */
export function readConfiguration(written: string): Configuration {
  const [, words = '', digits] = /^([^:]*)(?::(\d{1,4}))?$/.exec(written) ?? [];
  const [model, ...rest] = words.split('/');
  const count = digits === undefined ? {} : { count: Number(digits) };
  const wrong = (sentence: string): OptionError =>
    new OptionError(`${JSON.stringify(written)} is no architecture: ${sentence}`);
  if (model !== 'event' && model !== 'process' && model !== 'thread') {
    const meant = nearest(model ?? '', ['event', 'process', 'thread']);
    throw wrong(meant === undefined ? `write it as one of ${CONFIGURATION_EXAMPLES}.` : `did you mean ${meant}?`);
  }
  const most = model === 'event' ? MOST_LOOPS : MOST_WORKERS;
  if (count.count !== undefined && (count.count < 1 || count.count > most)) {
    throw wrong(`there are 1 to ${most} ${model === 'event' ? 'loops' : 'workers'}.`);
  }
  if (model === 'event') {
    const [dispatcher, disk, ...more] = rest;
    if (more.length > 0) throw wrong('behind event come a dispatcher and a disk strategy.');
    if (dispatcher !== undefined && !(DISPATCHER_NAMES as readonly string[]).includes(dispatcher)) {
      throw wrong(`the dispatchers are ${DISPATCHER_NAMES.join(', ')}.`);
    }
    if (disk !== undefined && !DISKS.includes(disk)) throw wrong(`the disk strategies are ${DISKS.join(', ')}.`);
    return { name: written, model, ...(dispatcher && { dispatcher }), ...(disk && { disk }), ...count };
  }
  const isShared = model === 'process' && rest.length === 1 && rest[0] === 'shared';
  if (rest.length > 0 && !isShared) {
    throw wrong(
      model === 'process'
        ? 'behind process comes shared, or nothing.'
        : 'thread has neither dispatcher nor disk strategy.',
    );
  }
  return { name: written, model, ...(isShared && { sharedCache: true }), ...count };
}

/** How many connections a workload opens to a server. */
export function connectionsOf(workload: Workload): number {
  const { connections, idleConnections, coldConnections, slowConnections } = workload;
  return connections + idleConnections + coldConnections + slowConnections;
}

/** How many loops or workers serve a workload: where a worker has one connection at a time, one for each. */
export function workersFor(configuration: Configuration, workload: Workload): number {
  const { model, count } = configuration;
  return count ?? (model === 'event' ? 1 : connectionsOf(workload));
}

/** The reason why it cannot serve a workload as it should be compared; undefined when it can. */
export function whyNot(configuration: Configuration, workload: Workload): string | undefined {
  if (configuration.model === 'event') return undefined;
  const workers = workersFor(configuration, workload);
  if (configuration.count !== undefined || workers <= Math.min(MOST_WORKERS, workload.mostWorkers)) return undefined;
  return `it needs a worker for each of the ${workers} connections, and more than ${workload.mostWorkers} are not run`;
}

/** The options that choose it, as they are typed. */
export function optionsOf(configuration: Configuration, workload: Workload): string[] {
  const { model, dispatcher, disk, sharedCache, count } = configuration;
  return [
    ...(model === 'event' ? [] : ['--model', model]),
    ...(dispatcher === undefined ? [] : ['--dispatcher', dispatcher]),
    ...(disk === undefined ? [] : ['--disk', disk]),
    ...(sharedCache ? ['--shared-cache'] : []),
    ...(model === 'event' && count !== undefined && count > 1 ? ['--loops', String(count)] : []),
    ...(model === 'event' ? [] : ['--workers', String(workersFor(configuration, workload))]),
  ];
}

/** What it is, in words. */
export function describe(configuration: Configuration, workload: Workload): string {
  const { model, dispatcher, disk, sharedCache } = configuration;
  const workers = workersFor(configuration, workload);
  if (model === 'event') {
    const loops = workers === 1 ? 'one event loop' : `${workers} event loops`;
    return `${loops}, dispatcher ${dispatcher ?? 'auto'}, disk ${disk ?? 'auto'}`;
  }
  const what = model === 'thread' ? 'threads over one shared cache' : 'processes';
  return `${workers} ${what}${sharedCache ? ' with one cache in shared memory' : ''}, each with one connection at a time`;
}
