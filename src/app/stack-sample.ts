/**
 * One look at what a thread of this process executes, from another of its threads, by the inspector that Node has built in:
 * the thread is stopped at its next statement, asked, and let go. Nothing of it is there before and after. One that somebody
 * else has stopped, at a breakpoint, is left so.
 *
 * A session is never closed while one of its messages is being heard: Node goes on with what it has freed, and crashes, when
 * the next message of a worker comes before the first has been dealt with.
 */
import { Session } from 'node:inspector';
import { isMainThread } from 'node:worker_threads';

/** Where a function is, as the inspector says it: lines and columns from 0 on. */
interface CallFrame {
  readonly functionName: string;
  readonly location: { readonly scriptId: string; readonly lineNumber: number; readonly columnNumber: number };
}

interface Script {
  readonly scriptId: string;
  readonly url: string;
}

interface Paused {
  readonly callFrames: readonly CallFrame[];
  /** Where it stopped at breakpoints of somebody else. */
  readonly hitBreakpoints?: readonly string[];
}

/** A message of the protocol: https://chromedevtools.github.io/devtools-protocol/v8/ */
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

type Answered = (result: unknown) => void;

/** Is called while the thread stands still. */
export type Sampled = (sample: Sample) => void;

export class StackSample {
  readonly #session = new Session();
  readonly #expression: string;
  readonly #sampled: Sampled;
  readonly #answers = new Map<number, Answered>();
  /** Where scripts come from: frames do not say it. */
  readonly #urls = new Map<string, string>();
  #send: (message: Message) => void = () => {};
  #identifier = 0;
  #ended = false;
  /** How many messages are being heard: the next one of a worker may come in the midst of one. */
  #hearing = 0;
  /** It has been told to stop, by this. */
  #stopped = false;

  /**
   * Begins. @param thread as Node numbers it: 0 is the first of the process, which is not sampled from itself; another one
   * only from there. `expression`: evaluated in the thread, gives a string. Throws where there is no inspector.
   */
  constructor(thread: number, expression: string, sampled: Sampled) {
    this.#expression = expression;
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

  /** Lets go of the thread, whatever has come of it. */
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#call('Debugger.disable');
    if (this.#hearing === 0) this.#close();
    else setImmediate(() => this.#close());
  }

  /** A session that is left open would hold the end of the process up. */
  #close(): void {
    if (isMainThread) this.#session.post('NodeWorker.disable');
    this.#session.disconnect();
  }

  #ofMainThread(): void {
    const session = this.#session;
    this.#send = ({ id, method, params }) => {
      session.post(method as string, params as object, (_error, result) => this.#hear({ id: id as number, result }));
    };
    for (const method of ['Debugger.scriptParsed', 'Debugger.paused'] as const) {
      session.on(method, ({ params }: { params: unknown }) => this.#hear({ method, params }));
    }
    this.#begin();
  }

  #ofWorker(title: string): void {
    const session = this.#session;
    session.on('NodeWorker.attachedToWorker', ({ params: { sessionId, workerInfo } }) => {
      if (!workerInfo.title.startsWith(title)) return;
      this.#send = (message) => {
        session.post('NodeWorker.sendMessageToWorker', { sessionId, message: JSON.stringify(message) });
      };
      session.on('NodeWorker.receivedMessageFromWorker', ({ params }) => {
        if (params.sessionId === sessionId) this.#hear(JSON.parse(params.message) as Message);
      });
      this.#begin();
    });
    session.post('NodeWorker.enable', { waitForDebuggerOnStart: false });
  }

  #begin(): void {
    // Whether the thread stands still already is said before this is answered.
    this.#call('Debugger.enable', {}, () => {
      if (this.#ended) return;
      this.#stopped = true;
      this.#call('Debugger.pause');
    });
  }

  #call(method: string, params: object = {}, answered?: Answered): void {
    const id = ++this.#identifier;
    if (answered !== undefined) this.#answers.set(id, answered);
    this.#send({ id, method, params });
  }

  #hear({ id, method, params, result }: Message): void {
    this.#hearing++;
    if (method === 'Debugger.scriptParsed') this.#parsed(params as Script);
    else if (method === 'Debugger.paused') this.#paused(params as Paused);
    else if (id !== undefined) this.#answered(id, result);
    this.#hearing--;
  }

  #answered(id: number, result: unknown): void {
    const answered = this.#answers.get(id);
    this.#answers.delete(id);
    answered?.(result);
  }

  #parsed({ scriptId, url }: Script): void {
    this.#urls.set(scriptId, url);
  }

  #paused({ callFrames, hitBreakpoints = [] }: Paused): void {
    if (this.#ended) return;
    if (!this.#stopped || hitBreakpoints.length > 0) {
      this.end();
      return;
    }
    const asked = { expression: this.#expression, returnByValue: true, silent: true };
    this.#call('Runtime.evaluate', asked, (answer) => {
      if (this.#ended) return;
      const { result } = (answer ?? {}) as { result?: { value?: unknown } };
      const said = typeof result?.value === 'string' ? result.value : '';
      this.#sampled({ said, frames: callFrames.map((frame) => this.#inWords(frame)) });
      this.#call('Debugger.resume');
      this.end();
    });
  }

  #inWords({ functionName, location: { scriptId, lineNumber, columnNumber } }: CallFrame): string {
    const at = `${this.#urls.get(scriptId) ?? ''}:${lineNumber + 1}:${columnNumber + 1}`;
    return functionName === '' ? at : `${functionName} (${at})`;
  }
}
