/** A moment of a server as `amped top` tells it: numbers that both the screen and the lines have. */
import type { Polled } from '../../metrics/polled.js';
import type { Rates } from '../../metrics/rates.js';

export interface Moment {
  readonly polled: Polled;
  readonly rates: Rates;
}

/** Processors: user and system together. */
export function usedBy({ rates: { user, system } }: Moment): number | undefined {
  return user === undefined || system === undefined ? undefined : user + system;
}

export function switchesOf({ rates: { voluntary, involuntary } }: Moment): number | undefined {
  return voluntary === undefined || involuntary === undefined ? undefined : voluntary + involuntary;
}

/** A rate as so many a request; undefined where hardly any were answered. */
export function aRequest({ rates }: Moment, rate: number | undefined): number | undefined {
  return rate === undefined || rates.requests < 1 ? undefined : rate / rates.requests;
}
