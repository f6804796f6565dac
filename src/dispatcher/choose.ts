/**
 * Which dispatcher serves: the one asked for by name, or the best that this kernel allows. Adding a backend is one
 * line in the table and its own file.
 */
import { SystemError } from '../linux/errno.js';
import { Arena } from '../memory/arena.js';
import type { Dispatcher, DispatcherName } from './dispatcher.js';
import { EpollDispatcher } from './epoll.js';
import { IoUringDispatcher } from './io-uring.js';
import { PollDispatcher } from './poll.js';
import type { ReceiveSize } from './receive-buffers.js';
import { SelectDispatcher } from './select.js';

/** Room for the rings and buffers of any backend. */
const PROBE_BYTES = 32 * 1024 * 1024;

type Backend = new (options: { arena: Arena; receive?: ReceiveSize | undefined }) => Dispatcher;

const BACKENDS: Record<DispatcherName, Backend> = {
  select: SelectDispatcher,
  poll: PollDispatcher,
  epoll: EpollDispatcher,
  io_uring: IoUringDispatcher,
};

/** The kernel refuses the dispatcher that was asked for by name. The message is one sentence for the user. */
export class DispatcherUnavailableError extends Error {
  override name = 'DispatcherUnavailableError';
}

export interface Choice {
  readonly dispatcher: Dispatcher;
  /** Why this one, in a few words for the user. */
  readonly reason: string;
}

/**
 * `auto`: io_uring where the kernel allows it, else epoll. `receive`: the buffers of io_uring, where they shall be others.
 * Throws DispatcherUnavailableError for one asked for by name.
 */
export function chooseDispatcher(wanted: DispatcherName | 'auto', arena: Arena, receive?: ReceiveSize): Choice {
  if (wanted !== 'auto') {
    try {
      return { dispatcher: new BACKENDS[wanted]({ arena, receive }), reason: 'asked for' };
    } catch (error) {
      throw new DispatcherUnavailableError(
        `--dispatcher ${wanted} is not available here (${whyNoRing(error)}); allowed are auto, select, poll and epoll.`,
      );
    }
  }
  try {
    return { dispatcher: new IoUringDispatcher({ arena, receive }), reason: 'the kernel allows io_uring' };
  } catch (error) {
    return { dispatcher: new EpollDispatcher({ arena }), reason: `io_uring is not available: ${whyNoRing(error)}` };
  }
}

/** Which dispatcher `chooseDispatcher` would give in another thread or process, and why. Throws as it does. */
export function probeDispatcher(wanted: DispatcherName | 'auto'): { name: DispatcherName; reason: string } {
  const arena = new Arena(PROBE_BYTES);
  try {
    const { dispatcher, reason } = chooseDispatcher(wanted, arena);
    dispatcher.destroy();
    return { name: dispatcher.name, reason };
  } finally {
    arena.destroy();
  }
}

/** Why the kernel has given no ring, in words. */
export function whyNoRing(error: unknown): string {
  if (error instanceof SystemError && error.systemCall === 'io_uring_setup') {
    if (error.code === 'ENOSYS') return 'this kernel has no io_uring, or a sandbox hides it';
    if (error.code === 'EPERM') return 'the system forbids it: kernel.io_uring_disabled, or a container profile';
  }
  return error instanceof Error ? error.message : String(error);
}
