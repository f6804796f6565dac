/** What Amped prints of itself when it ends. */
import type { Sample } from './metrics.js';

/** What the lock of a shared cache cost: metrics for each request, since the start of the server; nothing where there was no such lock. */
export function lockUse(said: string): Pick<Sample, 'lockAcquisitions' | 'lockContended' | 'lockWait'> {
  const served = /Served ([\d,]+) requests?/.exec(said);
  const lock = /lock of the shared cache was taken ([\d,]+) times; ([\d,]+) had to wait, ([\d.,]+) ms in all/.exec(
    said,
  );
  if (served === null || lock === null) return {};
  const [requests, taken, contended, waited] = [served[1], lock[1], lock[2], lock[3]].map((text) =>
    Number(text?.replaceAll(',', '')),
  ) as [number, number, number, number];
  return { lockAcquisitions: taken / requests, lockContended: contended / taken, lockWait: (waited * 1000) / requests };
}

/** For how long an event loop was away from its dispatcher, in microseconds; nothing where it was not long. */
export function longestStall(said: string): Pick<Sample, 'longestStall'> {
  const stall = /away from its dispatcher was ([\d,]+) ms/.exec(said)?.[1];
  return stall === undefined ? {} : { longestStall: Number(stall.replaceAll(',', '')) * 1000 };
}
