/** How the cases of the conformance suite are written: a name, and what to do with a fresh dispatcher. */
import type { Fixture } from '../fixture.js';

/** Declares one case. */
export type Case = (name: string, run: (fixture: Fixture) => void) => void;
