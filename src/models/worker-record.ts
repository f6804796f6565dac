/**
 * What a worker process says on its standard error: sentences with a level, each a record of a JSON text sequence (RFC 7464),
 * so that they can be told from whatever else is written there.
 */
import type { Say } from '../log/error-log.js';

/** Begins each record: what no sentence has in it. */
export const RECORD = '\x1e';

export function recordOf(said: Parameters<Say>): string {
  return `${RECORD}${JSON.stringify(said)}\n`;
}
