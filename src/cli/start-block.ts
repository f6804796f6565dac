/** What the command says when it has begun to serve, and when it ends: tidy, and coloured only on a terminal. */
import { networkInterfaces } from 'node:os';
import picocolors from 'picocolors';
import type { Server } from '../assembly/serving.js';
import { describeInjections } from '../config/injections.js';
import type { ServerOptions } from '../config/options.js';
import type { ServerMetrics } from '../metrics/server-metrics.js';
import { isLocal, networkUrls } from './network.js';

const NAME_WIDTH = 'dispatcher'.length;
/** Shorter ones are nothing that anybody has noticed. */
const TELLING_STALL_SECONDS = 0.05;

/** The facts of a running server that the block tells. */
export type Facts = Pick<
  Server,
  'urls' | 'adminUrl' | 'root' | 'watched' | 'model' | 'dispatcher' | 'dispatcherReason' | 'disk' | 'workers'
>;

/** What was asked for: why a dispatcher was chosen is told if nobody named it. */
export type Asked = Pick<ServerOptions, 'dispatcher' | 'loopsIn' | 'minSpare' | 'inject' | 'user'> & {
  /** The configuration file that was read. */
  readonly configuration?: string | undefined;
};

/** What there is around the server. */
export interface Computer {
  readonly interfaces: ReturnType<typeof networkInterfaces>;
  /** The process may do anything. */
  readonly root: boolean;
}

export function thisComputer(interfaces: typeof networkInterfaces = networkInterfaces): Computer {
  const root = process.geteuid?.() === 0;
  try {
    return { interfaces: interfaces(), root };
  } catch {
    // A sandbox may keep them from the process (systemd's RestrictAddressFamilies=): then there is nothing to tell.
    return { interfaces: {}, root };
  }
}

/** Whether colours are welcome: only on a terminal that can show them, and not where NO_COLOR is set (https://no-color.org). */
export function wantsColours(stream: { isTTY?: boolean }, environment: NodeJS.ProcessEnv): boolean {
  return stream.isTTY === true && !environment.NO_COLOR && environment.TERM !== 'dumb';
}

/** The block, ending in an empty line. */
export function startBlock(
  facts: Facts,
  asked: Asked,
  coloured: boolean,
  { interfaces, root }: Computer = thisComputer(),
): string {
  const colours = picocolors.createColors(coloured);
  const rows: [name: string, value: string][] = [];
  const addRows = (name: string, values: readonly string[]): void => {
    for (const [index, value] of values.entries()) rows.push([index === 0 ? name : '', value]);
  };
  addRows('address', facts.urls.map(colours.cyan));
  if (isLocal(facts.urls)) rows.push(['network', colours.dim('none: only this computer can reach it')]);
  else addRows('network', networkUrls(facts.urls, interfaces).map(colours.cyan));
  rows.push(['serving', facts.root]);
  if (facts.watched !== undefined) rows.push(['watching', `modules beneath ${facts.watched}`]);
  rows.push(['model', modelOf(facts, asked)]);
  if (facts.dispatcher !== undefined) {
    const why = asked.dispatcher === 'auto' ? ` ${colours.dim(`(auto: ${facts.dispatcherReason})`)}` : '';
    rows.push(['dispatcher', `${facts.dispatcher}${why}`]);
  }
  rows.push(['disk', facts.disk]);
  if (facts.adminUrl !== undefined) rows.push(['admin', colours.cyan(facts.adminUrl)]);
  if (asked.configuration !== undefined) rows.push(['configured', `by ${asked.configuration}`]);
  if (asked.user !== '') rows.push(['user', asked.user]);
  rows.push(['process', String(process.pid)]);
  if (root) rows.push(['warning', colours.yellow('This runs as root; --user NAME gives that up once it listens.')]);
  const injected = describeInjections(asked.inject);
  if (injected !== '') rows.push(['injected', colours.bold(colours.red(`${injected}: FAULTS ARE MADE ON PURPOSE`))]);
  const lines = rows.map(([name, value]) => `  ${colours.dim(name.padEnd(NAME_WIDTH))}  ${value}`);
  return ['', `  ${colours.bold('Amped is serving.')}`, '', ...lines, '', ''].join('\n');
}

function modelOf({ model, workers }: Facts, { loopsIn, minSpare }: Asked): string {
  if (model === 'event') return workers === 1 ? 'event' : `event, ${workers} loops in ${loopsIn}`;
  return `${model}, ${minSpare === 0 ? '' : `${minSpare} to `}${workers} workers`;
}

/** What was done, in a line, when it ends. */
export function served(metrics: ServerMetrics): string {
  const { requests, connections, workersReplaced, stalls, lock, log } = metrics;
  const lines = [`Served ${count(requests, 'request')} on ${count(connections, 'connection')}.`];
  if (workersReplaced > 0) {
    lines.push(`${count(workersReplaced, 'worker')} ${workersReplaced === 1 ? 'was' : 'were'} replaced.`);
  }
  if (stalls.longest >= TELLING_STALL_SECONDS) {
    const longest = (stalls.longest * 1000).toFixed(0);
    lines.push(`The longest time that an event loop was away from its dispatcher was ${longest} ms.`);
  }
  if (lock !== undefined) {
    const waited = `${lock.contended.toLocaleString('en')} had to wait, ${lock.waitedMilliseconds.toFixed(1)} ms in all`;
    lines.push(`The lock of the shared cache was taken ${count(lock.acquisitions, 'time')}; ${waited}.`);
  }
  if (log !== undefined && log.dropped > 0) {
    lines.push(`${count(log.dropped, 'line')} of the access log could not be written.`);
  }
  return lines.join('\n');
}

/** What SIGHUP has done. */
export function reloaded(
  { model, workers, watched }: Pick<Server, 'model' | 'workers' | 'watched'>,
  configuration?: string,
): string {
  const alone = model === 'event' && workers === 1 && watched === undefined;
  const done = alone ? 'Cached files are looked at again.' : 'Every worker has been replaced.';
  return configuration === undefined ? done : `${configuration} has been read again. ${done}`;
}

function count(number: number, what: string): string {
  return `${number.toLocaleString('en')} ${what}${number === 1 ? '' : 's'}`;
}
