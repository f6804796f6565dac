/** The conformance suite over the multi-threaded model. */
import { threadOnes } from './architectures.js';
import { conformance } from './suite.js';

conformance(threadOnes);
