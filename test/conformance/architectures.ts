/**
 * The architectures the suite is run against: how each is named on the command line, what a case may expect of it, and
 * whether this machine can run it.
 *
 * A later model or dispatcher is one more entry here and nothing else: cases ask for what an architecture is like, never
 * for its name. An architecture the machine cannot run is skipped with its reason; the probe asks the kernel itself and
 * never the server, so that a server which fails to start is a failure and not a skip.
 */
import { release } from 'node:os';
import koffi from 'koffi';

export interface Architecture {
  /** How test reports name it. */
  readonly name: string;
  /** What chooses it on the command line. */
  readonly options: readonly string[];
  /** What the start block says of it. */
  readonly said: readonly RegExp[];
  /** Why this machine cannot run it, or undefined when it can. */
  readonly unavailable: string | undefined;
  /** Connections that are served side by side; more wait in the backlog until one of these has closed. */
  readonly connectionsAtOnce: number;
  /** A read of the disk holds up everybody whom the same process or thread serves. */
  readonly blocksOnDisk: boolean;
  /** There are threads that wait for the disk, and nothing else. */
  readonly helpers: boolean;
  /** Who serves beside the original process, or undefined where it serves itself. */
  readonly workers: Workers | undefined;
  /** The one of its kind with which features of the site are tried: that are the same for all of its kind. */
  readonly typical: boolean;
  /** The names of the concepts that are run, where not all are. */
  readonly concepts?: readonly string[];
}

export interface Workers {
  readonly where: 'processes' | 'threads';
  readonly count: number;
  /** The option that says how many. */
  readonly option: string;
  /** One connection at a time, in calls that wait; else a loop of events for many. */
  readonly blocking: boolean;
  /** Each has a listener, and the kernel chooses among them; else all accept from one. */
  readonly ownListeners: boolean;
}

/** How many caches of files answer requests: for a moment each may have another version of a file that has changed. */
export function caches({ workers }: Architecture): number {
  return workers?.count ?? 1;
}

/** The same with as many workers; as it is where the original process serves. */
export function withWorkers(architecture: Architecture, count: number): Architecture {
  const { workers, options } = architecture;
  if (workers === undefined) return architecture;
  return {
    ...architecture,
    // Of an option that is given twice the last one counts.
    options: [...options, workers.option, String(count)],
    workers: { ...workers, count },
    connectionsAtOnce: workers.blocking ? count : architecture.connectionsAtOnce,
  };
}

/** What reaches the disk. The other concepts are run with the default strategy, or with all when this is set. */
const ON_DISK = [
  'conditional',
  'ranges',
  'files',
  'disk',
  'security',
  'lifecycle',
  'load',
  'configuration',
  'representation',
  'routing',
];
/** What differs between dispatchers is how they wait: beside the default one this is enough then, */
const ON_DISK_BESIDE = ['ranges', 'files', 'disk', 'security', 'load'];
/** and this with those two that are nobody's first choice. */
const ON_DISK_ELSEWHERE = ['ranges', 'files', 'disk'];
/** A loop in a process is told of its work in another way than one in a thread, and does it in the same way. */
const IN_PROCESSES = [
  'framing',
  'files',
  'security',
  'deadlines',
  'lifecycle',
  'workers',
  'load',
  'logging',
  'listening',
];
const WHOLE_SUITE = process.env.AMPED_WHOLE_SUITE !== undefined;

type DiskStrategy = 'auto' | 'blocking' | 'helpers' | 'io_uring';

function eventDriven(dispatcher: string, disk: DiskStrategy): Architecture {
  const rings = [dispatcher, disk].includes('io_uring');
  return {
    name: `event, ${dispatcher}, ${disk} disk`,
    options: ['--dispatcher', dispatcher, '--disk', disk],
    said: [/model +event$/m, new RegExp(`dispatcher +${dispatcher}`), new RegExp(`disk +${disk}`)],
    unavailable: rings ? ioUringUnavailable() : undefined,
    connectionsAtOnce: Number.POSITIVE_INFINITY,
    blocksOnDisk: disk === 'blocking',
    helpers: disk === 'helpers',
    workers: undefined,
    typical: dispatcher === defaultDispatcher() && (disk === 'auto' || disk === 'blocking'),
    ...(disk !== 'auto' && !WHOLE_SUITE && { concepts: onDisk(dispatcher) }),
  };
}

function onDisk(dispatcher: string): readonly string[] {
  if (dispatcher === defaultDispatcher()) return ON_DISK;
  return dispatcher === 'epoll' || dispatcher === 'io_uring' ? ON_DISK_BESIDE : ON_DISK_ELSEWHERE;
}

function defaultDispatcher(): string {
  return ioUringUnavailable() === undefined ? 'io_uring' : 'epoll';
}

/** One event loop in the original process, with each of the dispatchers. */
export function eventDrivenOnes(disk: DiskStrategy): readonly Architecture[] {
  return ['select', 'poll', 'epoll', 'io_uring'].map((dispatcher) => eventDriven(dispatcher, disk));
}

const LOOPS = 2;

function loops(where: Workers['where']): Architecture {
  return {
    name: `event, ${LOOPS} loops in ${where}`,
    options: ['--loops', String(LOOPS), '--loops-in', where],
    said: [new RegExp(`model +event, ${LOOPS} loops in ${where}`), /dispatcher +\w/],
    unavailable: undefined,
    connectionsAtOnce: Number.POSITIVE_INFINITY,
    blocksOnDisk: false,
    helpers: false,
    workers: { where, count: LOOPS, option: '--loops', blocking: false, ownListeners: true },
    typical: where === 'threads',
    ...(where === 'processes' && !WHOLE_SUITE && { concepts: IN_PROCESSES }),
  };
}

/** Few, since each is a start, and more than a case wants that has three connections and asks besides. */
const WORKERS = 4;

function blocking(model: 'process' | 'thread'): Architecture {
  return {
    name: model,
    options: ['--model', model, '--workers', String(WORKERS)],
    said: [new RegExp(`model +${model}, ${WORKERS} workers`)],
    unavailable: undefined,
    connectionsAtOnce: WORKERS,
    blocksOnDisk: true,
    helpers: false,
    typical: true,
    workers: {
      where: model === 'process' ? 'processes' : 'threads',
      count: WORKERS,
      option: '--workers',
      blocking: true,
      ownListeners: false,
    },
  };
}

/** Only the cache is another than that of `process`, so only what asks for files is run again. */
function sharedCache(): Architecture {
  const process = blocking('process');
  return {
    ...process,
    name: 'process, shared cache',
    options: [...process.options, '--shared-cache'],
    concepts: [
      'conditional',
      'ranges',
      'files',
      'load',
      'logging',
      'workers',
      'configuration',
      'representation',
      'routing',
    ],
  };
}

/** io_uring_setup(2): one number on every architecture that has it. */
const IO_URING_SETUP = 425;
const IO_URING_PARAMETERS_BYTES = 120;

let asked = false;
let refusal: string | undefined;

export function ioUringUnavailable(): string | undefined {
  if (!asked) refusal = tryRing();
  asked = true;
  return refusal;
}

function tryRing(): string | undefined {
  const [major = 0] = release().split('.').map(Number);
  if (major < 6) return `io_uring: multishot receive needs Linux 6.0, this is ${release()}`;
  const libc = koffi.load(null as unknown as string);
  const setUp = libc.func('long syscall(long number, uint32_t entries, void *parameters)');
  const close = libc.func('int close(int descriptor)');
  const ring = Number(setUp(IO_URING_SETUP, 2, Buffer.alloc(IO_URING_PARAMETERS_BYTES)));
  if (ring < 0) return `io_uring: io_uring_setup(2) is refused here (errno ${koffi.errno()})`;
  close(ring);
  return undefined;
}

export const loopOnes: readonly Architecture[] = [loops('threads'), loops('processes')];
export const threadOnes: readonly Architecture[] = [blocking('thread')];
export const processOnes: readonly Architecture[] = [blocking('process'), sharedCache()];
