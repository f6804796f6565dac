/** The conformance suite over the event-driven model, one loop, each of the dispatchers, with `--disk auto`: what is in memory is served at once, the rest asynchronously. */
import { eventDrivenOnes } from './architectures.js';
import { conformance } from './suite.js';

conformance(eventDrivenOnes('auto'));
