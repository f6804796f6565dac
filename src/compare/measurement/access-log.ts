/**
 * Requests as an access log has them, in the Common Log Format or the Combined one: what was asked for, and when. Only GET and
 * HEAD are made again, since what a POST has sent is not in a log.
 */
import { readFileSync } from 'node:fs';
import type { LoadTarget } from '../load/plan.js';

export interface LoggedRequests {
  /** Each different request once; with the status that was logged, unless it says that there was content. */
  readonly targets: readonly LoadTarget[];
  /** In the order of the log: when, in milliseconds since the first, and the number of the target. */
  readonly requests: readonly (readonly [milliseconds: number, target: number])[];
  /** Lines that are no request of that kind. */
  readonly skipped: number;
}

// address - user [time] "METHOD target HTTP/1.1" status bytes, and whatever the format has behind it.
// A target is ASCII: one with other bytes in it was no request, and cannot be made again.
const LINE = /^\S+ \S+ .*?\[([^\]]+)\] "(GET|HEAD) (\/[\x21-\x7e]*) HTTP\/1\.[01]" (\d{3}) /;
const TIME = /^(\d{2})\/(\w{3})\/(\d{4}):(\d{2}):(\d{2}):(\d{2}) ([+-])(\d{2})(\d{2})$/;
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
/** Those that lead to an answer with content, or to one that the client has already. */
const SUCCESSES = ['200', '206', '304'];

/** Reads a log. Throws an Error with a sentence when it cannot be read or has no request. */
export function readAccessLog(file: string): LoggedRequests {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new Error(`The access log ${file} cannot be read: ${code === 'ENOENT' ? 'it does not exist' : message}.`);
  }
  const logged = requestsIn(text);
  if (logged.requests.length === 0) {
    throw new Error(
      `${file} has no line with a GET or HEAD request in the common or combined format; its first line is ${JSON.stringify(text.split('\n', 1)[0]?.slice(0, 100))}.`,
    );
  }
  return logged;
}

export function requestsIn(text: string): LoggedRequests {
  const numbers = new Map<string, number>();
  const targets: LoadTarget[] = [];
  const timed: [milliseconds: number, target: number][] = [];
  let skipped = 0;
  for (const line of text.split('\n')) {
    if (line === '') continue;
    const [, time = '', method = '', path = '', status = ''] = LINE.exec(line) ?? [];
    const milliseconds = millisecondsOf(time);
    if (milliseconds === undefined) {
      skipped++;
      continue;
    }
    const key = `${method} ${path} ${SUCCESSES.includes(status) ? '' : status}`;
    let number = numbers.get(key);
    if (number === undefined) {
      number = targets.length;
      numbers.set(key, number);
      targets.push({ path, method, ...(SUCCESSES.includes(status) ? {} : { status: Number(status) }) });
    }
    timed.push([milliseconds, number]);
  }
  // A line is written when its answer is complete, so that neighbours may be in another order.
  timed.sort(([one], [other]) => one - other);
  const first = timed[0]?.[0] ?? 0;
  return { targets, requests: timed.map(([at, target]) => [at - first, target] as const), skipped };
}

/** `10/Oct/2000:13:55:36 -0700` in milliseconds since the epoch. */
function millisecondsOf(written: string): number | undefined {
  const parts = TIME.exec(written);
  if (parts === null) return undefined;
  const [, day, name, year, hours, minutes, seconds, sign, zoneHours, zoneMinutes] = parts;
  const month = MONTHS.indexOf(name as string);
  if (month < 0) return undefined;
  const utc = Date.UTC(Number(year), month, Number(day), Number(hours), Number(minutes), Number(seconds));
  const zone = (Number(zoneHours) * 60 + Number(zoneMinutes)) * 60_000;
  return sign === '-' ? utc + zone : utc - zone;
}

/** Those of the same second spread over it, and all of it `speed` times as fast: a log has no smaller unit. */
export function atSpeed(
  requests: LoggedRequests['requests'],
  speed: number,
): readonly (readonly [milliseconds: number, target: number])[] {
  const inSecond = new Map<number, number>();
  for (const [at] of requests) inSecond.set(at, (inSecond.get(at) ?? 0) + 1);
  const seen = new Map<number, number>();
  return requests.map(([at, target]) => {
    const before = seen.get(at) ?? 0;
    seen.set(at, before + 1);
    return [(at + (1000 * before) / (inSecond.get(at) as number)) / speed, target] as const;
  });
}
