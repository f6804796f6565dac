/**
 * How a dispatcher calls the handlers of its events: it counts each event, and in one turn of so many it measures how long it
 * takes from one handler's handing back control to the next one's start. That is what concurrency costs here, as a context
 * switch is what it costs where the kernel does it.
 *
 * What it keeps true: in a turn that is not measured no clock is read.
 */
import type { Histogram } from '../metrics/histogram.js';
import {
  type Acceptor,
  type Endpoint,
  type EventCounts,
  noEvents,
  type RingCompletion,
  type WakeUp,
} from './dispatcher.js';

/** One turn in so many is measured. */
const TURNS_PER_SAMPLE = 64;
/** How often the clock is read to know what that takes. */
const READINGS = 32;

export class Handlers {
  readonly counts: EventCounts = noEvents();
  #tell: (now: number) => void = () => {};
  #changes: Histogram | undefined;
  #eventsPerTurn: Histogram | undefined;
  /** What reading the clock takes, in milliseconds. */
  #reading = 0;
  #turnsLeft = TURNS_PER_SAMPLE;
  #measures = false;
  /** When the handler before has handed back control; 0: there was none in this turn. */
  #handedBack = 0;

  /** From now on it is measured: how many events a turn dispatches, and how long changes from handler to handler take. */
  measure(eventsPerTurn: Histogram, changes: Histogram): void {
    this.#eventsPerTurn = eventsPerTurn;
    this.#changes = changes;
    this.#reading = Math.min(...Array.from({ length: READINGS }, () => -performance.now() + performance.now()));
  }

  tellTime(told: (now: number) => void): void {
    this.#tell = told;
  }

  turnBegins(now: number): void {
    this.counts.turns++;
    this.#tell(now);
    this.#measures = false;
    if (this.#changes === undefined || --this.#turnsLeft > 0) return;
    this.#turnsLeft = TURNS_PER_SAMPLE;
    this.#measures = true;
    this.#handedBack = 0;
  }

  turnEnds(events: number): void {
    this.#measures = false;
    this.#eventsPerTurn?.record(events);
  }

  accepted(acceptor: Acceptor, socket: number): void {
    this.counts.accepts++;
    if (this.#measures) this.#starts();
    acceptor.accepted(socket);
    if (this.#measures) this.#handedBack = performance.now();
  }

  received(endpoint: Endpoint, offset: number, length: number): void {
    this.counts.receipts++;
    if (this.#measures) this.#starts();
    endpoint.received(offset, length);
    if (this.#measures) this.#handedBack = performance.now();
  }

  sent(endpoint: Endpoint, result: number): void {
    this.counts.sends++;
    if (this.#measures) this.#starts();
    endpoint.sent(result);
    if (this.#measures) this.#handedBack = performance.now();
  }

  expired(endpoint: Endpoint | undefined): void {
    this.counts.timers++;
    if (this.#measures) this.#starts();
    endpoint?.expired();
    if (this.#measures) this.#handedBack = performance.now();
  }

  wokenUp(wakeUp: WakeUp | undefined, descriptor: number): void {
    this.counts.wakeUps++;
    if (this.#measures) this.#starts();
    wakeUp?.(descriptor);
    if (this.#measures) this.#handedBack = performance.now();
  }

  /** A guest's operation: the guest counts what it comes to. */
  completed(guest: RingCompletion, number: number, result: number): void {
    if (this.#measures) this.#starts();
    guest(number, result);
    if (this.#measures) this.#handedBack = performance.now();
  }

  #starts(): void {
    if (this.#handedBack > 0) this.#changes?.recordMilliseconds(performance.now() - this.#handedBack - this.#reading);
  }
}
