/** What the load costs the client: the CPU time of this process, and how busy its processor is with whatever. */
import { readFileSync } from 'node:fs';

const MICROSECONDS = 1_000_000;

export interface Cost {
  readonly userSeconds: number;
  readonly systemSeconds: number;
  /** Of the processor, in units of its own: what it did, and what it could have done. */
  readonly worked: number;
  readonly existed: number;
}

/** What it has cost so far. @param processor whose own figures are wanted, if any. */
export function costSoFar(processor: number | undefined): Cost {
  const { user, system } = process.cpuUsage();
  const times = processor === undefined ? undefined : timesOf(processor);
  return {
    userSeconds: user / MICROSECONDS,
    systemSeconds: system / MICROSECONDS,
    worked: times?.worked ?? 0,
    existed: times?.existed ?? 0,
  };
}

/** Between two of them. */
export function costBetween(before: Cost, after: Cost): Cost {
  return {
    userSeconds: after.userSeconds - before.userSeconds,
    systemSeconds: after.systemSeconds - before.systemSeconds,
    worked: after.worked - before.worked,
    existed: after.existed - before.existed,
  };
}

/** From /proc/stat: user, nice, system, idle, iowait, irq, softirq, steal. */
function timesOf(processor: number): Pick<Cost, 'worked' | 'existed'> | undefined {
  let text: string;
  try {
    text = readFileSync('/proc/stat', 'utf8');
  } catch {
    return undefined;
  }
  const line = text.split('\n').find((one) => one.startsWith(`cpu${processor} `));
  if (line === undefined) return undefined;
  // What guests take is in user and nice already.
  const ticks = line.split(/ +/).slice(1, 9).map(Number);
  const existed = ticks.reduce((sum, count) => sum + count, 0);
  return { worked: existed - (ticks[3] ?? 0) - (ticks[4] ?? 0), existed };
}
