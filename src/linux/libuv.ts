/**
 * Node's own event loop, seen from outside: libuv is part of Node's binary and exports its functions.
 * http://docs.libuv.org/en/v1.x/loop.html
 */
import { isMainThread } from 'node:worker_threads';
import { native } from './library.js';

const defaultLoop = native<[], bigint>('void *uv_default_loop()');
const backendDescriptor = native<[bigint]>('int uv_backend_fd(void *loop)');
const backendTimeout = native<[number]>('int uv_backend_timeout(int64_t loop)');

const currentIsolate = native<[], bigint>('void *_ZN2v87Isolate10GetCurrentEv()');
const loopOfIsolate = native<[bigint], bigint>('void *_ZN4node19GetCurrentEventLoopEPN2v87IsolateE(void *isolate)');

export interface NodeLoop {
  /** The epoll descriptor that libuv waits on: readable when libuv has something to do. */
  readonly descriptor: number;
  /** Milliseconds until libuv's next timer is due: 0 when it has work now, -1 when it has none. */
  timeout(): number;
}

/**
 * The loop of this thread: the default one in the main thread, a worker's own elsewhere, which is asked of
 * node::GetCurrentEventLoop (node.h; the names are those that C++ gives to its functions).
 */
export function nodeLoop(): NodeLoop {
  const loop = isMainThread ? defaultLoop() : loopOfIsolate(currentIsolate());
  const address = Number(loop);
  return { descriptor: backendDescriptor(loop), timeout: () => backendTimeout(address) };
}
