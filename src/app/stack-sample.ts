/**
 * One look at what a thread of this process executes, from another of its threads, by the inspector that Node has built in:
 * the thread is interrupted, says it, and goes on. It is not stopped as a debugger does it: where somebody debugs it, their
 * breakpoints stay theirs; and only so many functions are looked at, however deep they are. Nothing of it is there before
 * and after.
 */
import { Session } from 'node:inspector';
import { isMainThread } from 'node:worker_threads';

/** The innermost, those of Node among them. */
const MOST_FRAMES = 50;

/** What the inspector says of an evaluation: https://chromedevtools.github.io/devtools-protocol/v8/Runtime/ */
interface Evaluated {
  readonly result?: { readonly value?: unknown };
}

/** A message of the protocol. */
interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly params?: unknown;
  readonly result?: unknown;
}

export interface Sample {
  /** What the expression gave. */
  readonly said: string;
  /** The functions under way, the innermost first, as a stack says them. */
  readonly frames: readonly string[];
}

export type Sampled = (sample: Sample) => void;

export class StackSample {
  readonly #session = new Session();
  readonly #request: Message;
  readonly #sampled: Sampled;
  #ended = false;

  /**
   * Begins. @param thread as Node numbers it: 0 is the first of the process, which is not sampled from itself; another one
   * only from there. `expression`: evaluated in the thread, gives a string,
   * and uses no regular expression for that. Throws where there is no inspector.
   */
  constructor(thread: number, expression: string, sampled: Sampled) {
    const params = { expression: stackAnd(expression), returnByValue: true, silent: true, disableBreaks: true };
    this.#request = { id: 1, method: 'Runtime.evaluate', params };
    this.#sampled = sampled;
    if (isMainThread) this.#session.connect();
    else this.#session.connectToMainThread();
    if (thread === 0) this.#ofMainThread();
    // Its number there, workerId, is the inspector's own.
    else this.#ofWorker(`[worker ${thread}]`);
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** Asks no more, whatever has come of it. */
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    // A session that is left open would hold the end of the process up.
    if (isMainThread) this.#session.post('NodeWorker.disable');
    this.#session.disconnect();
  }

  #ofMainThread(): void {
    const { method, params } = this.#request;
    this.#session.post(method as string, params as object, (_error, result) => this.#hear(result as Evaluated));
  }

  #ofWorker(title: string): void {
    const session = this.#session;
    session.on('NodeWorker.attachedToWorker', ({ params: { sessionId, workerInfo } }) => {
      if (!workerInfo.title.startsWith(title)) return;
      session.on('NodeWorker.receivedMessageFromWorker', ({ params }) => {
        if (params.sessionId !== sessionId) return;
        const { id, result } = JSON.parse(params.message) as Message;
        if (id === this.#request.id) this.#hear(result as Evaluated);
      });
      session.post('NodeWorker.sendMessageToWorker', { sessionId, message: JSON.stringify(this.#request) });
    });
    session.post('NodeWorker.enable', { waitForDebuggerOnStart: false });
  }

  #hear(evaluated: Evaluated | undefined): void {
    if (this.#ended) return;
    const value = evaluated?.result?.value;
    const [said, frames] = Array.isArray(value) ? value : ['', []];
    this.#sampled({ said: String(said), frames: Array.isArray(frames) ? frames.map(String) : [] });
    this.end();
  }
}

/**
 * What both are found by. The thread may be in the middle of a regular expression, and another one would spoil that: so
 * nothing here uses any, nor lets those do so who have stacks written in their own way (applications, Node with source maps).
 */
function stackAnd(expression: string): string {
  return `(() => {
    const { stackTraceLimit, prepareStackTrace } = Error;
    const looked = {};
    Error.stackTraceLimit = ${MOST_FRAMES};
    Error.prepareStackTrace = (_, sites) => sites.map(String);
    try {
      Error.captureStackTrace(looked);
      return [${expression}, looked.stack];
    } finally {
      Error.stackTraceLimit = stackTraceLimit;
      if (prepareStackTrace === undefined) delete Error.prepareStackTrace;
      else Error.prepareStackTrace = prepareStackTrace;
    }
  })()`;
}
