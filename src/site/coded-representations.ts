/** What is known of one file in content codings: an entry each, of a file beside it or made by ourselves, or that there is none. */
import { CODINGS, type Coding } from '../http/accept-encoding.js';
import type { Entry } from './entry.js';

export class CodedRepresentations {
  /** By coding. An entry that has left the cache is none. */
  readonly entries: (Entry | null)[] = CODINGS.map(() => null);
  /** The second in which there was found to be no file with this coding beside it. */
  readonly absent: number[] = CODINGS.map(() => -1);
  /** We do not compress it ourselves: it does not get smaller, or there is no memory for the outcome. */
  worthless: boolean;

  /** `compressed`: whether we may compress it ourselves. */
  constructor(compressed: boolean) {
    this.worthless = !compressed;
  }

  /** The entry with this coding, if the cache has it. */
  get(coding: Coding): Entry | null {
    const entry = this.entries[coding]!;
    return entry?.cached ? entry : null;
  }

  /** Nothing of it is given out before it has been looked at again. */
  doubt(): void {
    this.absent.fill(-1);
    for (const entry of this.entries) entry?.doubt();
  }
}
