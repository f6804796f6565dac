/**
 * Opens connections before there is load, so that no latency has the opening in it. A part at a time: a server's queue of
 * those who wait to be accepted is short.
 */
import { awaitConnection } from '../../linux/connecting.js';
import { EAGAIN, ECONNREFUSED } from '../../linux/errno.js';
import { close } from '../../linux/sockets.js';
import type { Connector } from './connector.js';
import type { Tally } from './tally.js';

const AT_A_TIME = 64;
/** Between looking after them, so that signals and messages are heard meanwhile. */
const WAIT_MILLISECONDS = 20;

/** How it came about that there is no connection. */
export type Opened = { readonly sockets: number[]; readonly firstError: number };

/**
 * Opens so many, and gives those that were there in time. What fails is counted.
 * @param goOn asked between parts.
 */
export async function openConnections(
  count: number,
  connector: Connector,
  tally: Tally,
  timeoutMilliseconds: number,
  goOn: () => boolean,
): Promise<Opened> {
  const sockets: number[] = [];
  let firstError = 0;
  const failed = (error: number): void => {
    firstError ||= error;
    if (error === -ECONNREFUSED) tally.errors.connectRefused++;
    else if (error === -EAGAIN) tally.errors.connectTimeout++;
    else tally.errors.connectFailed++;
  };
  for (let begun = 0; begun < count && goOn(); begun += AT_A_TIME) {
    let waiting: number[] = [];
    for (let index = begun; index < Math.min(count, begun + AT_A_TIME); index++) {
      const socket = connector.open();
      if (socket < 0) failed(socket);
      else waiting.push(socket);
    }
    const end = performance.now() + timeoutMilliseconds;
    for (;;) {
      const left: number[] = [];
      for (const [index, socket] of waiting.entries()) {
        // Whoever is first waits for all: they come together.
        const error = awaitConnection(socket, index === 0 ? WAIT_MILLISECONDS : 0);
        if (error === 0) sockets.push(socket);
        else if (error === -EAGAIN) left.push(socket);
        else {
          failed(error);
          close(socket);
        }
      }
      waiting = left;
      if (waiting.length === 0 || !goOn()) break;
      if (performance.now() > end) {
        for (const _ of waiting) failed(-EAGAIN);
        break;
      }
      await new Promise(setImmediate);
    }
    for (const socket of waiting) close(socket);
    // None of the first: there is no use in trying the others.
    if (sockets.length === 0) break;
    await new Promise(setImmediate);
  }
  return { sockets, firstError };
}
