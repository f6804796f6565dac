/** The conformance suite over the event-driven model, one loop, each of the dispatchers, with `--disk io_uring`: the ring waits for the disk. */
import { eventDrivenOnes } from './architectures.js';
import { conformance } from './suite.js';

conformance(eventDrivenOnes('io_uring'));
