/**
 * Rejections that nobody hears, in a thread that runs an application. Those that only say that nobody waits for an answer any
 * more are no failures: a client that goes away would end the server otherwise, wherever a handler goes on with something that
 * it does not wait for. All others go on as if nobody listened here: what Node does about them, it does.
 */
import { inWords } from '../log/in-words.js';
import { saysNobodyWaits } from './nobody-waits.js';

const UNHANDLED = 'unhandledRejection';
const HANDLED_LATE = 'rejectionHandled';

/** Who is told in this thread. */
const tellers = new Set<(line: string) => void>();
/** Those that were no failure: that somebody hears them in the end is nothing to warn of. */
const forgiven = new WeakSet<Promise<unknown>>();

/** Tells of each that is no failure, until the function that it gives is called. */
export function hearRejections(tell: (line: string) => void): () => void {
  // Who has told Node what to do about them is not to be surprised.
  if (modeIsChosen()) return () => {};
  if (!process.listeners(UNHANDLED).includes(hear)) process.on(UNHANDLED, hear).on(HANDLED_LATE, heardLate);
  tellers.add(tell);
  return () => {
    tellers.delete(tell);
    // What the end of a server has made fail is heard of after this.
    setImmediate(() => {
      if (tellers.size === 0) process.off(UNHANDLED, hear).off(HANDLED_LATE, heardLate);
    });
  };
}

function hear(reason: unknown, promise: Promise<unknown>): void {
  if (saysNobodyWaits(reason)) {
    forgiven.add(promise);
    for (const tell of tellers) tell(`Something that nobody waited for has ended: ${inWords(reason)}`);
    return;
  }
  // The application has listeners of its own.
  if (process.listenerCount(UNHANDLED) > 1) return;
  throw reason instanceof Error ? reason : new Error(`A promise was rejected, and nobody listened: ${inWords(reason)}`);
}

/** As Node does where nobody listens. */
function heardLate(promise: Promise<unknown>): void {
  if (forgiven.has(promise) || process.listenerCount(HANDLED_LATE) > 1) return;
  process.emitWarning('Promise rejection was handled asynchronously', 'PromiseRejectionHandledWarning');
}

function modeIsChosen(): boolean {
  return [...process.execArgv, process.env.NODE_OPTIONS ?? ''].some((given) =>
    given.includes('--unhandled-rejections'),
  );
}
