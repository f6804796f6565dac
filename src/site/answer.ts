/**
 * What a site says to a request: bytes ready in memory and, for a large file, a range of an open descriptor after them.
 *
 * An answer is made whole before it is given out and never changes while anybody holds it: the kernel may still be
 * reading its bytes. Cached answers are given to many connections at once; `acquire` and `release` count them.
 */
import type { DiskOperation } from '../disk/disk.js';

export interface Answer {
  /** Where in the arena the head (and, contiguous with it, a body held in memory) begins, and its length in bytes. */
  readonly offset: number;
  readonly length: number;
  /** How many of these bytes are the head. */
  readonly headLength: number;
  /** The open file whose bytes follow, or -1. */
  readonly file: number;
  readonly filePosition: number;
  readonly fileLength: number;
  /** How it goes on when this much has been sent: see app/client.ts. Absent or null: this is all of it. */
  readonly more?: { next(waiter: never): Answer | null } | null;
  /** Before any of it is sent: makes its head say that the connection closes, though it was written otherwise. Absent or null: it cannot. */
  readonly sayClose?: (() => void) | null;
  /** What is sent after it as part of the same response, held by it; null: nothing. */
  readonly following: Answer | null;
  /** The status code, for logs and counters. */
  readonly status: number;
  /** Whether the head leaves the connection open for another request. */
  readonly persistent: boolean;
  /** Hold it until `release`: once a send. */
  acquire(): void;
  release(): void;
  /** Whether the open file is still what the head describes (size and modification time, by fstat(2)). Asked before its last bytes are sent. */
  unchanged(): boolean;
  /** Brings the operation's `length` bytes of the open file from `position` on into memory: as Disk.warm. */
  warm(operation: DiskOperation): number;
}

/** A site needs the disk first: it will call `answered` of whoever asked. */
export const PENDING = null;

/** Whoever asked a site: told once when an answer that was PENDING is there. */
export interface Waiter {
  answered(answer: Answer): void;
  /** What it waits for is the disk from now on, or no longer. */
  waitsForDisk?(waits: boolean): void;
}
