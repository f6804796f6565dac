/** What kept the load from being higher, by a rule that is printed. */
import type { LoadResult } from './result.js';

/** From this share of the time on the client, or the processor that it was pinned to, counts as fully busy. */
export const BUSY = 0.9;
/** Up to this share of what was due may have gone unsent in an open loop that counts as served. */
export const UNSENT = 0.01;

/** What is known of the load. */
export interface Facts {
  readonly busy: number;
  readonly processorBusy: number | undefined;
  readonly due: LoadResult['due'];
  readonly thinkMilliseconds: number;
  /** Mean latency. */
  readonly meanMilliseconds: number;
}

export function bottleneckOf(facts: Facts): Pick<LoadResult, 'bottleneck' | 'bottleneckRule'> {
  const { busy, processorBusy, due, thinkMilliseconds, meanMilliseconds } = facts;
  const whose = processorBusy !== undefined && processorBusy > busy ? "the client's processor" : 'the client';
  const share = percent(Math.max(busy, processorBusy ?? 0));
  if (Math.max(busy, processorBusy ?? 0) >= BUSY) {
    return {
      bottleneck: 'client',
      bottleneckRule: `${whose} was busy for ${share} of the time, which is ${percent(BUSY)} or more`,
    };
  }
  const idle = `${whose} was busy for only ${share} of the time`;
  if (due !== undefined) {
    const unsent = due.requests === 0 ? 0 : due.unsent / due.requests;
    return unsent > UNSENT
      ? {
          bottleneck: 'server',
          bottleneckRule: `${idle}, and ${percent(unsent)} of the requests that were due found no connection free, more than ${percent(UNSENT)}`,
        }
      : {
          bottleneck: 'neither',
          bottleneckRule: `${idle}, and at most ${percent(UNSENT)} of the requests that were due were not sent: the rate was what had been asked for`,
        };
  }
  if (thinkMilliseconds > meanMilliseconds) {
    return {
      bottleneck: 'neither',
      bottleneckRule: `${idle}, and connections spent more time thinking than waiting for answers`,
    };
  }
  return { bottleneck: 'server', bottleneckRule: `${idle}, and its connections waited for answers` };
}

function percent(share: number): string {
  return `${(share * 100).toFixed(share < 0.1 ? 1 : 0)} %`;
}
