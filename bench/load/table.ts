/** What both clients have measured of a server, as Markdown. */
import { type Figure, medianOf, ratioOf, written } from './agreement.js';
import type { Measured, Pair } from './alternate.js';

const FIGURES: readonly Figure[] = ['requestsPerSecond', 'p50', 'p99', 'cpu', 'busy'];

/** Medians of each client, and what decides: the ratios of the pairs. */
export function tableOf(pairs: readonly Pair[]): string[] {
  const row = (name: string, samples: readonly Measured[]): string => {
    const [rate = 0, p50 = 0, p99 = 0, cpu = 0, busy = 0] = FIGURES.map((figure) =>
      medianOf(samples.map((sample) => sample[figure])),
    );
    const errors = [...new Set(samples.flatMap((sample) => sample.errors))].join('; ');
    return `| ${name} | ${Math.round(rate)} | ${p50.toFixed(0)} | ${p99.toFixed(0)} | ${cpu.toFixed(2)} | ${(busy * 100).toFixed(0)} % | ${errors} |`;
  };
  const ratios = FIGURES.map((figure) => written(ratioOf(pairs, figure)));
  return [
    '| client | requests/s | p50 us | p99 us | client CPU us/request | busy | errors |',
    '| --- | ---: | ---: | ---: | ---: | ---: | --- |',
    row(
      'amped load',
      pairs.map(({ ours }) => ours),
    ),
    row(
      'wrk',
      pairs.map(({ other }) => other),
    ),
    `| ratio of a pair (95 %) | ${ratios.join(' | ')} | |`,
  ];
}
