/** The conformance suite over the multi-process model, and what concerns files once more with a shared cache. */
import { processOnes } from './architectures.js';
import { conformance } from './suite.js';

conformance(processOnes);
