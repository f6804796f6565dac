/**
 * How long the requests of an access log take when they are made again as they came: as long as the log, unless it is told
 * faster or only its beginning. What would take longer than people wait for is refused, with what makes it short enough.
 */
import { MOST_LOG_SPEED } from '../config/compare-flags.js';
import { OptionError } from '../config/option-error.js';
import { atSpeed, type LoggedRequests } from './measurement/access-log.js';
import type { ExpectedRequests } from './measurement/logged-files.js';
import type { Workload } from './workloads/fields.js';

/** So long may all measurements of a log take together, in seconds. */
export const MOST_REPLAY_SECONDS = { usual: 600, full: 3600 } as const;
/** As much of a log as a quick run makes again. */
export const QUICK_REPLAY_SECONDS = 2;

/** How long a log lasts at a speed, in seconds: until its last request is due. */
export function spanOf({ requests }: LoggedRequests, speed: number): number {
  return (atSpeed(requests, speed).at(-1)?.[0] ?? 0) / 1000;
}

/**
 * How long each measurement lasts.
 * @param seconds that are to be measured, if anybody has said.
 * @param measurements how many there are.
 * Throws OptionError when all of them would take more than `most` seconds.
 */
export function replaySeconds(
  log: LoggedRequests,
  { logSpeed, log: file }: Workload,
  { seconds, measurements, most }: { seconds?: number; measurements: number; most: number },
): number {
  // In whole milliseconds, none of which may be the last request's.
  const span = Math.ceil(spanOf(log, logSpeed) * 1000) / 1000;
  if (seconds !== undefined) return Math.min(span, seconds);
  if (span * measurements <= most) return span;
  const each = most / measurements;
  const speed = Math.ceil((spanOf(log, 1) / each) * 1.01);
  const faster = speed <= MOST_LOG_SPEED ? `--log-speed ${speed} makes it short enough, and ` : '';
  throw new OptionError(
    `The log ${file} takes ${duration(span)}, and ${measurements} measurements of it would take ${duration(span * measurements)}: ${faster}--seconds ${Math.max(1, Math.floor(each))}s takes only its beginning.`,
  );
}

/** What of a log is not made again, or is not there any more: what a reader of the results must know. */
export function replayRemarks({ log: file }: Workload, { requests, skipped, absent }: ExpectedRequests): string[] {
  const lines = requests.length + skipped;
  const remarks: string[] = [];
  if (skipped > 0) {
    remarks.push(
      `${count(skipped)} of ${count(lines)} lines of ${file} were left out: only GET and HEAD can be made again.`,
    );
  }
  if (absent > 0) {
    remarks.push(
      `${count(absent)} of ${count(requests.length)} requests of ${file} had content when it was written, and ask for no file that is there now.`,
    );
  }
  return remarks;
}

function count(number: number): string {
  return number.toLocaleString('en');
}

function duration(seconds: number): string {
  if (seconds < 120) return `${Math.round(seconds)} s`;
  return seconds < 7200 ? `${Math.round(seconds / 60)} min` : `${count(Math.round(seconds / 3600))} h`;
}
