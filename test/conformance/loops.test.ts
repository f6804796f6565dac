/** The conformance suite over several event-driven loops, in threads and in processes. */
import { loopOnes } from './architectures.js';
import { conformance } from './suite.js';

conformance(loopOnes);
