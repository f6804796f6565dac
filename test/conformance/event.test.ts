/** The conformance suite over the event-driven model: one loop, each of the dispatchers. */
import { eventDrivenOnes } from './architectures.js';
import { conformance } from './suite.js';

conformance(eventDrivenOnes);
