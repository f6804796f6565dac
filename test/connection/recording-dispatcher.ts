/** A dispatcher that does nothing but write down what it is asked for, so that a test can play the kernel. */
import {
  type Acceptor,
  type Dispatcher,
  type Endpoint,
  noEvents,
  type WakeUp,
} from '../../src/dispatcher/dispatcher.js';
import type { Arena } from '../../src/memory/arena.js';
import { UNTRACED } from '../../src/metrics/trace/tracing.js';

export class RecordingDispatcher implements Dispatcher {
  readonly name = 'epoll';
  now = 1_000_000;
  clock = 0;
  away = new Float64Array(1);
  readonly counts = noEvents();
  tracing = UNTRACED;
  /** What was asked for, in order, in words. */
  readonly asked: string[] = [];
  /** What `close` answers. */
  letsGo = true;
  endpoint: Endpoint | undefined;
  /** The deadline set last, in milliseconds. */
  lastDeadline = 0;
  readonly #arena: Arena;

  constructor(arena: Arena) {
    this.#arena = arena;
  }

  /** Everything asked for since the last call. */
  take(): string[] {
    return this.asked.splice(0);
  }

  measure(): void {}
  tellTime(): void {}
  accept(_listener: number, _acceptor: Acceptor): void {}
  stopAccepting(_listener: number): void {}
  pauseAccepting(_listener: number): void {}
  resumeAccepting(_listener: number): void {}
  add(_socket: number, endpoint: Endpoint): void {
    this.endpoint = endpoint;
  }
  pause(_socket: number): void {
    this.asked.push('pause');
  }
  resume(_socket: number): void {
    this.asked.push('resume');
  }
  send(_socket: number, offset: number, length: number): void {
    this.asked.push(`send ${this.#text(offset, length)}`);
  }
  sendFile(_socket: number, head: number, headLength: number, file: number, position: number, length: number): void {
    this.asked.push(`sendFile ${this.#text(head, headLength)} ${file} ${position} ${length}`);
  }
  #text(offset: number, length: number): string {
    return Buffer.from(this.#arena.bytes.subarray(offset, offset + length)).toString('latin1');
  }
  /** What `progress` answers. */
  fileProgress = 0;
  progress(_socket: number): number {
    return this.fileProgress;
  }
  /** What `taken` answers. */
  takenBytes = 0;
  taken(_socket: number): number {
    return this.takenBytes;
  }
  /** What `queued` answers. */
  queuedBytes = 0;
  queued(_socket: number): number {
    return this.queuedBytes;
  }
  finish(_socket: number): void {
    this.asked.push('finish');
  }
  close(_socket: number): boolean {
    this.asked.push('close');
    return this.letsGo;
  }
  deadline(_socket: number, milliseconds: number): void {
    this.lastDeadline = milliseconds;
  }
  watch(_descriptor: number, _wakeUp: WakeUp): void {}
  unwatch(_descriptor: number): void {}
  turn(_timeout: number): number {
    return 0;
  }
  destroy(): void {}
}
