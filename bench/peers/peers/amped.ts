/** Amped as built in dist/: on each of its dispatchers, and in each of its other architectures. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { DESCRIPTORS } from '../descriptors.js';
import type { Demand, Peer } from '../peer.js';
import { PROJECT } from '../project.js';

const DISPATCHERS = ['io_uring', 'epoll', 'poll', 'select'];

/** More workers than connections help nobody. */
const MOST_WORKERS = 512;

/** As many as Amped has descriptors for: it keeps a quarter of them for files. */
const MOST_OPEN_FILES = Math.floor(DESCRIPTORS / 4);

/** The name of each architecture, what chooses it, and whether its workers serve one connection each. */
const ARCHITECTURES: ReadonlyArray<readonly [name: string, options: readonly string[], blocking: boolean]> = [
  ['loops-in-threads', ['--loops', '2'], false],
  ['loops-in-processes', ['--loops', '2', '--loops-in', 'processes'], false],
  ['thread', ['--model', 'thread'], true],
  ['process', ['--model', 'process'], true],
  ['process-shared', ['--model', 'process', '--shared-cache'], true],
];

export const amped: readonly Peer[] = DISPATCHERS.map((dispatcher) =>
  peer(dispatcher, `--dispatcher ${dispatcher}`, () => ['--dispatcher', dispatcher]),
);

/** Not in the default list: they are compared with each other, and with Apache. */
export const ampedArchitectures: readonly Peer[] = ARCHITECTURES.map(([name, options, blocking]) => ({
  ...peer(name, `${options.join(' ')}${blocking ? ' --workers as many as connections' : ''}`, ({ connections }) => [
    ...options,
    ...(blocking ? ['--workers', String(connections)] : []),
  ]),
  cannot: ({ connections }) =>
    blocking && connections > MOST_WORKERS ? 'it needs a worker for every connection' : undefined,
}));

const DISKS = ['auto', 'io_uring', 'helpers', 'blocking'];

/** As the architectures, not in the default list: the disk strategies, with a disk that can be slow. */
export const ampedDisks: readonly Peer[] = DISKS.map((disk) => ({
  ...peer(`disk-${disk}`, `--disk ${disk} --open-files as many as may be`, ({ slowDisk, files }) => [
    ...['--disk', disk, '--open-files', String(Math.min(files, MOST_OPEN_FILES))],
    ...(slowDisk ? ['--inject', 'disk-latency=20ms'] : []),
  ]),
  onRequest: true,
  slowsDisk: true,
}));

/** What measuring costs: the same server twice. */
export const ampedMetrics: readonly Peer[] = ['on', 'off'].map((metrics) => ({
  ...peer(`metrics-${metrics}`, `--metrics ${metrics}`, () => ['--metrics', metrics]),
  onRequest: true,
}));

/** What recording costs: the same server twice. Nobody reads the trace. */
export const ampedTraces: readonly Peer[] = [
  { ...peer('trace-on', '--trace /dev/null', () => ['--trace', '/dev/null']), onRequest: true },
  { ...peer('trace-off', 'without --trace', () => []), onRequest: true },
];

function peer(name: string, said: string, options: (demand: Demand) => readonly string[]): Peer {
  return {
    name: `amped-${name}`,
    configuration: `${said}, everything else as by default`,
    install: 'npm run build',
    versionArgument: '--version',
    find() {
      const program = join(PROJECT, 'dist', 'cli', 'main.js');
      return existsSync(program) ? program : undefined;
    },
    command: (program, { directory, port, demand }) => [
      ...[process.execPath, program, directory, '--port', String(port), ...options(demand)],
    ],
  };
}
