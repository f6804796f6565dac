/** What a model needs to keep workers: the same for processes, threads and loops. */
import type { Say } from '../log/error-log.js';
import type { WorkerSlots } from '../metrics/worker-slots.js';
import type { Assignment } from './worker.js';

export interface Keeping<Options> {
  /** The script that every worker runs. */
  readonly entry: URL;
  readonly slots: WorkerSlots;
  /** The most workers at a time, those that are being replaced not counted. */
  readonly size: number;
  /** How many idle ones there shall be at least and at most; without it all `size` workers are there from the start. */
  readonly spare?: { readonly least: number; readonly most: number } | undefined;
  assignment(place: number, slot: number): Omit<Assignment<Options>, 'kind'>;
  /** A worker has ended: what it held is to be given back. */
  buried(slot: number): void;
  /** A sentence for people, of the workers' own or about them. */
  readonly say: Say;
}
