/** The conformance suite over the event-driven model, one loop, each of the dispatchers, with `--disk blocking`: the loop waits for the disk. */
import { eventDrivenOnes } from './architectures.js';
import { conformance } from './suite.js';

conformance(eventDrivenOnes('blocking'));
