/**
 * A worker, as the process that keeps it sees it: a process, or a thread of this process, that serves until it is told to
 * end. What it is told, and what it says, goes through its slot in shared memory (metrics/worker-slots.ts); what is here
 * is its birth and its end.
 */

export interface Worker {
  /** Settles when it serves; rejects, with a sentence for the user, when it has ended before that. */
  readonly ready: Promise<void>;
  /** Settles when it has ended, however that came: why, in a few words, or undefined for an end that was asked for. Never rejects. */
  readonly ended: Promise<string | undefined>;
  /** Ends it at once, whatever it does. */
  kill(): void;
}

/** Where a worker finds what it needs. Plain data: it crosses to another process or thread. */
export interface Assignment<Options> {
  readonly kind: 'process' | 'thread' | 'loop';
  readonly options: Options;
  /** Which of the places for workers it has, from 0 on: a loop's listeners go with its place. */
  readonly place: number;
  /** Its slot in the shared region; during a replacement two workers have one place, but never one slot. */
  readonly slot: number;
  /** The listening sockets, descriptors of the worker's process. */
  readonly listeners: readonly number[];
  /** The shared region: its descriptor in the worker's process, its size, and for threads its address. */
  readonly region: { readonly descriptor: number; readonly size: number; readonly base: number };
  /** The process that keeps the worker. */
  readonly keeper: number;
  /** Of a loop in a thread that is watched: what it and whoever watches it see together. */
  readonly beat?: SharedArrayBuffer | undefined;
}
