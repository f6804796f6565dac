/** What every test of a dispatcher needs: an arena, the dispatcher, connections to it, and turns until something is so. */
import type { Dispatcher } from '../../src/dispatcher/dispatcher.js';
import { close, listen } from '../../src/linux/sockets.js';
import { Arena } from '../../src/memory/arena.js';
import { connectTo, Pairs, type Peer } from './peers.js';
import { Recorder } from './recorder.js';

export type DispatcherFactory = (arena: Arena) => Dispatcher;

export interface Connection {
  /** The descriptor that the dispatcher has. */
  readonly ours: number;
  readonly peer: Peer;
  readonly endpoint: Recorder;
}

const ARENA_BYTES = 64 * 1024 * 1024;
const GIVE_UP_MILLISECONDS = 8_000;

export class Fixture {
  readonly arena = new Arena(ARENA_BYTES);
  readonly dispatcher: Dispatcher;
  readonly #factory: DispatcherFactory;
  readonly #others: Dispatcher[] = [];
  readonly #pairs = new Pairs();
  readonly #peers: Peer[] = [];
  readonly #listeners: number[] = [];
  #destroyed = false;

  constructor(factory: DispatcherFactory) {
    this.#factory = factory;
    this.dispatcher = factory(this.arena);
  }

  /** One more dispatcher of the same kind, which whoever asks for it turns. */
  another(): Dispatcher {
    const dispatcher = this.#factory(this.arena);
    this.#others.push(dispatcher);
    return dispatcher;
  }

  /** A connection that is not the dispatcher's yet. */
  pair(): { ours: number; peer: Peer } {
    const pair = this.#pairs.connect();
    this.#peers.push(pair.peer);
    return pair;
  }

  /** A connection that the dispatcher receives from. */
  connect(): Connection {
    const { ours, peer } = this.pair();
    const endpoint = new Recorder(this.arena);
    this.dispatcher.add(ours, endpoint);
    return { ours, peer, endpoint };
  }

  listen(): { descriptor: number; port: number } {
    const listener = listen('127.0.0.1', 0, 4096);
    this.#listeners.push(listener.descriptor);
    return listener;
  }

  /** A client of a listener. */
  client(port: number): Peer {
    const peer = connectTo(port);
    this.#peers.push(peer);
    return peer;
  }

  /** A piece of the arena with these bytes. */
  place(bytes: string | Uint8Array): { offset: number; length: number } {
    const data = typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes;
    const offset = this.arena.reserve(data.length);
    this.arena.bytes.set(data, offset);
    return { offset, length: data.length };
  }

  /** Makes the endpoint of a connection send back what it receives, one send at a time. */
  echo({ ours, endpoint }: { ours: number; endpoint: Recorder }, room = 65_536): void {
    const start = this.arena.reserve(room);
    let from = start;
    let to = start;
    let sending = false;
    const sendMore = (): void => {
      if (sending || to === from) return;
      sending = true;
      this.dispatcher.send(ours, from, to - from);
      from = to;
    };
    endpoint.onReceived = (_text, offset, length) => {
      if (to + length > start + room) throw new RangeError('more to echo than there is room for');
      this.arena.bytes.copyWithin(to, offset, offset + length);
      to += length;
      sendMore();
    };
    endpoint.onSent = () => {
      sending = false;
      sendMore();
    };
  }

  /** Turns until it is so. Throws when that takes too long. */
  until(condition: () => boolean, what = 'what was waited for'): void {
    const end = Date.now() + GIVE_UP_MILLISECONDS;
    while (!condition()) {
      if (Date.now() > end) throw new Error(`${what} did not happen`);
      this.dispatcher.turn(5);
    }
  }

  /** Turns until nothing happens any more. */
  settle(): void {
    let quiet = 0;
    for (let turn = 0; turn < 200 && quiet < 3; turn++) quiet = this.dispatcher.turn(2) === 0 ? quiet + 1 : 0;
  }

  /** Gives the dispatcher back before the test ends. */
  destroyDispatcher(): void {
    if (!this.#destroyed) this.dispatcher.destroy();
    this.#destroyed = true;
  }

  destroy(): void {
    this.destroyDispatcher();
    for (const dispatcher of this.#others) dispatcher.destroy();
    for (const peer of this.#peers) peer.close();
    for (const listener of this.#listeners) close(listener);
    this.#pairs.close();
    this.arena.destroy();
  }
}
