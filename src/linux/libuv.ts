/**
 * Node's own event loop, seen from outside: libuv is part of Node's binary and exports its functions.
 * http://docs.libuv.org/en/v1.x/loop.html
 */
import { native } from './library.js';

const defaultLoop = native<[], bigint>('void *uv_default_loop()');
const backendDescriptor = native<[bigint]>('int uv_backend_fd(void *loop)');
const backendTimeout = native<[number]>('int uv_backend_timeout(int64_t loop)');

export interface NodeLoop {
  /** The epoll descriptor that libuv waits on: readable when libuv has something to do. */
  readonly descriptor: number;
  /** Milliseconds until libuv's next timer is due: 0 when it has work now, -1 when it has none. */
  timeout(): number;
}

/** The loop of the main thread. */
export function mainLoop(): NodeLoop {
  const loop = defaultLoop();
  const address = Number(loop);
  return { descriptor: backendDescriptor(loop), timeout: () => backendTimeout(address) };
}
