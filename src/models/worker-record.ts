/**
 * What a worker process says to whoever keeps it: that it serves, and sentences with a level; on a pipe of its own, a line of
 * JSON each. So nothing that an application writes, on its standard error or elsewhere, is taken for one of them.
 */
import { writeSync } from 'node:fs';
import { LEVELS, type Level, type Say } from '../log/error-log.js';

/** The worker's end of the pipe. */
export const RECORDS = 3;
const SERVES = 'serves';

/** In the worker: it serves. */
export function sayServes(): void {
  write(SERVES);
}

/** In the worker: says something, and returns when it has been taken. */
export const sayRecord: Say = (...said) => {
  write(said);
};

/** Reads one line of the pipe; one that is not whole, as the last of a worker that was killed, says nothing. */
export function readRecord(line: string, serves: () => void, say: Say): void {
  let said: unknown;
  try {
    said = JSON.parse(line);
  } catch {
    return;
  }
  if (said === SERVES) serves();
  else if (isSentence(said)) say(...said);
}

function isSentence(said: unknown): said is [Level, string, string?] {
  if (!Array.isArray(said)) return false;
  const [level, text, kind = ''] = said as unknown[];
  return LEVELS.includes(level as Level) && typeof text === 'string' && typeof (kind ?? '') === 'string';
}

function write(record: unknown): void {
  try {
    writeSync(RECORDS, `${JSON.stringify(record)}\n`);
  } catch {
    // Whoever kept this worker has gone, and it goes too.
  }
}
