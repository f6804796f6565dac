/**
 * A file on its way to one connection, window after window: each is brought into memory, and then handed to whoever sends
 * it, the first behind the head of the answer.
 *
 * What it keeps true: a file that has changed, or fell short, is never sent to its end, for a peer that gets all bytes that
 * it was promised takes them for one version of the file.
 */
import { PENDING } from '../disk/disk.js';
import type { Answer } from '../site/answer.js';
import { FILE_WINDOW_BYTES, FileWindows, type WindowWaiter } from './file-windows.js';
import type { Pace } from './pace.js';
import type { Service } from './service.js';

/** The connection, as the file sees it. */
export interface SendsFiles {
  /** The disk has yet to bring the next window. */
  awaitingFile(): void;
  /** The kernel has a window. */
  sendingFile(): void;
  /** The rest cannot be sent. `begun`: some of the answer has gone out; `tooSlow`: the peer takes too little in its time. */
  fileUnsendable(begun: boolean, tooSlow?: boolean): void;
}

export class FileSending implements WindowWaiter {
  /** Bytes of the file that have gone out. */
  sent = 0;
  readonly #service: Service;
  readonly #socket: number;
  readonly #pace: Pace;
  readonly #connection: SendsFiles;
  readonly #windows = new FileWindows(this);
  /** Whose file is being sent; null: no window is waited for. */
  #awaited: Answer | null = null;
  /** Bytes on their way. */
  #window = 0;
  /** By the dispatcher's clock. */
  #diskAsked = 0;

  constructor(service: Service, socket: number, pace: Pace, connection: SendsFiles) {
    this.#service = service;
    this.#socket = socket;
    this.#pace = pace;
    this.#connection = connection;
  }

  begin(answer: Answer): void {
    this.sent = 0;
    this.#pace.beginFile();
    this.#next(answer);
  }

  /** Bytes of the head that go out with the first window of a file and are not counted in what is told of it. */
  headBefore(answer: Answer): number {
    return answer.fileLength > 0 && this.sent === 0 ? answer.length : 0;
  }

  /** A window has gone out, or `result` bytes of it: true when it was the last. */
  windowSent(answer: Answer, result: number): boolean {
    this.sent += result;
    this.#connection.awaitingFile();
    if (this.sent === answer.fileLength) return true;
    // The file is shorter than it was, and what has been promised cannot be kept; or the peer keeps us for too long.
    if (result < this.#window) this.#connection.fileUnsendable(true);
    else if (this.#pace.tooSlowToSend(this.sent)) this.#connection.fileUnsendable(true, true);
    else this.#next(answer);
    return false;
  }

  warmed(result: number): void {
    const answer = this.#awaited;
    if (answer === null) return;
    this.#awaited = null;
    this.#pace.waited(this.#service.dispatcher.clock - this.#diskAsked);
    this.#ready(answer, result);
  }

  /** The connection has closed: nobody waits any more. */
  forget(): void {
    this.#awaited = null;
    this.#windows.forget();
  }

  /** The next window, as soon as it is in memory. */
  #next(answer: Answer): void {
    this.#window = windowAt(answer, this.sent);
    this.#connection.awaitingFile();
    const result = this.#windows.prepare(answer, answer.filePosition + this.sent, this.#window);
    if (result !== PENDING) {
      this.#ready(answer, result);
      return;
    }
    this.#awaited = answer;
    this.#diskAsked = this.#service.dispatcher.clock;
    this.#service.dispatcher.deadline(this.#socket, 0);
  }

  #ready(answer: Answer, result: number): void {
    if (result >= 0) {
      this.#send(answer, this.sent === 0 ? answer.length : 0);
      return;
    }
    this.#service.fileFailed?.(answer.file, result);
    this.#connection.fileUnsendable(this.sent > 0);
  }

  /** The window, behind the `headLength` bytes of the head. */
  #send(answer: Answer, headLength: number): void {
    const { dispatcher, limits } = this.#service;
    const window = this.#window;
    const end = this.sent + window;
    // Before the last bytes.
    if (end === answer.fileLength && !answer.unchanged()) {
      this.#connection.fileUnsendable(true);
      return;
    }
    this.#connection.sendingFile();
    dispatcher.deadline(this.#socket, limits.writeTimeout);
    const position = answer.filePosition + this.sent;
    dispatcher.sendFile(this.#socket, answer.offset, headLength, answer.file, position, window);
    this.#windows.prepareNext(answer, position + window, windowAt(answer, end));
  }
}

/** How long the window is that begins when so many bytes have gone out. */
function windowAt(answer: Answer, sent: number): number {
  return Math.min(answer.fileLength - sent, FILE_WINDOW_BYTES);
}
