/**
 * The architectures the suite is run against: how each is named on the command line, and whether this machine can run it.
 *
 * A later model or dispatcher is one more entry here and nothing else. An architecture the machine cannot run is skipped
 * with its reason; the probe asks the kernel itself and never the server, so that a server which fails to start is a
 * failure and not a skip.
 */
import { release } from 'node:os';
import koffi from 'koffi';

export interface Architecture {
  /** How test reports name it. */
  readonly name: string;
  /** What chooses it on the command line. */
  readonly options: readonly string[];
  /** Why this machine cannot run it, or undefined when it can. */
  readonly unavailable: string | undefined;
}

function eventDriven(dispatcher: string, unavailable?: string): Architecture {
  return { name: `event, ${dispatcher}`, options: ['--dispatcher', dispatcher], unavailable };
}

/** io_uring_setup(2): one number on every architecture that has it. */
const IO_URING_SETUP = 425;
const IO_URING_PARAMETERS_BYTES = 120;

function ioUringUnavailable(): string | undefined {
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

export const architectures: readonly Architecture[] = [
  eventDriven('select'),
  eventDriven('poll'),
  eventDriven('epoll'),
  eventDriven('io_uring', ioUringUnavailable()),
];
