/**
 * The system calls that move data, with faults between them and the kernel: by chance from a seed, so that a failure can
 * be repeated, or one after another as a test says. What is not made to fail goes through to the kernel.
 */
import type { SocketCalls } from '../../src/dispatcher/readiness.js';
import { EAGAIN, ECONNABORTED, EINTR, ENOBUFS, ENOMEM, EPROTO } from '../../src/linux/errno.js';
import * as sockets from '../../src/linux/sockets.js';

export type CallName = keyof SocketCalls;

/** Faults after which the same call must succeed in the end. */
const PASSING: Readonly<Record<CallName, readonly number[]>> = {
  accept4: [-EINTR, -ECONNABORTED, -EPROTO, -EAGAIN],
  recv: [-EAGAIN, -EINTR, -ENOBUFS, -ENOMEM],
  send: [-EAGAIN, -EINTR, -ENOBUFS],
  sendfile: [-EAGAIN, -EINTR, -ENOBUFS],
  shutdown: [],
  close: [],
};

export interface FaultOptions {
  readonly seed?: number;
  /** Of how many calls (0 to 1) fail by chance; as many move only a part of what they could. */
  readonly chance?: number;
}

export class FaultyKernel implements SocketCalls {
  /** How often each call was made. */
  readonly calls: Record<CallName, number> = { accept4: 0, recv: 0, send: 0, sendfile: 0, shutdown: 0, close: 0 };
  /** How many of them were made to fail or cut short. */
  faults = 0;
  /** The descriptors that were closed, in order. */
  readonly closed: number[] = [];
  readonly #chance: number;
  readonly #scripts = new Map<CallName, number[]>();
  #state: number;

  constructor({ seed = 1, chance = 0 }: FaultOptions = {}) {
    this.#chance = chance;
    this.#state = seed;
  }

  /** The next calls give these results in place of the kernel's. */
  script(call: CallName, ...results: readonly number[]): void {
    this.#scripts.set(call, [...(this.#scripts.get(call) ?? []), ...results]);
  }

  accept4(listener: number, flags: number): number {
    return this.#fault('accept4') ?? sockets.accept4(listener, flags);
  }

  recv(socket: number, address: number, length: number, flags: number): number {
    return this.#fault('recv') ?? sockets.recv(socket, address, this.#part(length), flags);
  }

  send(socket: number, address: number, length: number, flags: number): number {
    return this.#fault('send') ?? sockets.send(socket, address, this.#part(length), flags);
  }

  sendfile(socket: number, file: number, position: number, count: number): number {
    return this.#fault('sendfile') ?? sockets.sendfile(socket, file, position, this.#part(count));
  }

  shutdown(socket: number, how: number): number {
    return this.#fault('shutdown') ?? sockets.shutdown(socket, how);
  }

  close(descriptor: number): number {
    this.closed.push(descriptor);
    return this.#fault('close') ?? sockets.close(descriptor);
  }

  #fault(call: CallName): number | undefined {
    this.calls[call]++;
    const scripted = this.#scripts.get(call)?.shift();
    const passing = PASSING[call];
    if (scripted === undefined && (passing.length === 0 || this.#random() >= this.#chance)) return undefined;
    this.faults++;
    return scripted ?? passing[Math.floor(this.#random() * passing.length)];
  }

  #part(length: number): number {
    if (this.#random() >= this.#chance) return length;
    this.faults++;
    return 1 + Math.floor(this.#random() * Math.min(length - 1, 3_000));
  }

  /** From 0 to 1 (a linear congruential generator; its low bits are left out). */
  #random(): number {
    this.#state = (Math.imul(this.#state, 1_664_525) + 1_013_904_223) >>> 0;
    return (this.#state >>> 4) / 2 ** 28;
  }
}
