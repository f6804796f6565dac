/** The conformance suite over the event-driven model, one loop, each of the dispatchers, with `--disk helpers`: threads wait for the disk. */
import { eventDrivenOnes } from './architectures.js';
import { conformance } from './suite.js';

conformance(eventDrivenOnes('helpers'));
