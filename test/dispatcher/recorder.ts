/** An endpoint that remembers everything it is told, and does what the test wants when it is told. */
import type { Endpoint } from '../../src/dispatcher/dispatcher.js';
import type { Arena } from '../../src/memory/arena.js';

export class Recorder implements Endpoint {
  readonly #arena: Arena;
  readonly pieces: Buffer[] = [];
  /** Results of receiving that are no bytes: 0 for the end, or -errno. */
  readonly ends: number[] = [];
  readonly completions: number[] = [];
  expirations = 0;
  releases = 0;
  /** Everything in order, by its name. */
  readonly events: string[] = [];
  onReceived: ((text: string, offset: number, length: number) => void) | undefined;
  onEnd: ((result: number) => void) | undefined;
  onSent: ((result: number) => void) | undefined;
  onExpired: (() => void) | undefined;

  constructor(arena: Arena) {
    this.#arena = arena;
  }

  received(offset: number, length: number): void {
    this.events.push('received');
    if (length <= 0) {
      this.ends.push(length);
      this.onEnd?.(length);
      return;
    }
    const bytes = Buffer.from(this.#arena.bytes.subarray(offset, offset + length));
    this.pieces.push(bytes);
    this.onReceived?.(bytes.toString('latin1'), offset, length);
  }

  sent(result: number): void {
    this.events.push('sent');
    this.completions.push(result);
    this.onSent?.(result);
  }

  expired(): void {
    this.events.push('expired');
    this.expirations++;
    this.onExpired?.();
  }

  released(): void {
    this.events.push('released');
    this.releases++;
  }

  get bytes(): Buffer {
    return Buffer.concat(this.pieces);
  }

  get text(): string {
    return this.bytes.toString('latin1');
  }

  get length(): number {
    return this.pieces.reduce((sum, piece) => sum + piece.length, 0);
  }
}
