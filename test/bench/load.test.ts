/** The bench of the load client beside wrk, run once for a moment so that it cannot rot; and how it decides. */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, it } from 'vitest';
import { judge, medianOf, ratioOf, type Shows, written } from '../../bench/load/agreement.js';
import { alternate, ampedLoad, type Client, type Measured, type Pair, wrk } from '../../bench/load/alternate.js';
import { SERVERS } from '../../bench/load/servers.js';
import { tableOf } from '../../bench/load/table.js';
import { missingTools } from '../../bench/peers/tools.js';
import { LoadClients } from '../../src/compare/load/load-clients.js';
import { ROOT } from '../architecture/source.js';
import { httpServer } from '../compare/load/server.js';

const sample = (change: Partial<Measured>): Measured => ({
  ...{ requestsPerSecond: 100, p50: 10, p99: 100, cpu: 5, busy: 0.5, errors: [] },
  ...change,
});

/** As many pairs as there are values, of ours; the other's are all the same. */
const pairsOf = (figure: 'requestsPerSecond' | 'p99' | 'cpu', values: readonly number[]): Pair[] =>
  values.map((value) => ({ ours: sample({ [figure]: value }), other: sample({}) }));

/** From the first on, evenly. */
const spread = (from: number, step: number): number[] => Array.from({ length: 24 }, (_, index) => from + index * step);

it('medians are those of odd and even numbers of values', () => {
  expect(medianOf([3, 1, 10, 2])).toBe(2.5);
  expect(medianOf([3, 1, 10])).toBe(3);
});

it('the interval is that of the sign test: of 24 pairs from the 7th to the 18th', () => {
  const shuffled = spread(101, 1).sort((one, other) => (one % 7) - (other % 7));
  expect(ratioOf(pairsOf('requestsPerSecond', shuffled), 'requestsPerSecond')).toEqual({
    ...{ median: 1.125, low: 1.07, high: 1.18 },
  });
});

it.each([
  [5, '(too few pairs for an interval)'],
  [6, '1.010 to 1.060'],
  [8, '1.010 to 1.080'],
  [9, '1.020 to 1.080'],
])('%i pairs give %s', (count, expected) => {
  const pairs = pairsOf('p99', spread(101, 1).slice(0, count));
  expect(written(ratioOf(pairs, 'p99'))).toContain(expected);
});

it.each<[string, Shows, 'requestsPerSecond' | 'p99' | 'cpu', number[], string]>([
  ['throughputs that are the same', 'agreement', 'requestsPerSecond', spread(99, 0.1), 'holds'],
  ['throughputs that are too far apart', 'agreement', 'requestsPerSecond', spread(106, 0.1), 'does not hold'],
  ['throughputs that are too low', 'agreement', 'requestsPerSecond', spread(90, 0.1), 'does not hold'],
  ['throughputs of a loud machine', 'agreement', 'requestsPerSecond', spread(76, 2), 'cannot be told'],
  ['p99s that are the same', 'agreement', 'p99', spread(95, 0.3), 'holds'],
  ['p99s that are too far apart', 'agreement', 'p99', spread(112, 1), 'does not hold'],
  ['less of a core', 'load', 'cpu', spread(4, 0.02), 'holds'],
  ['more of a core', 'load', 'cpu', spread(5.1, 0.02), 'does not hold'],
  ['about as much of a core', 'load', 'cpu', spread(4.8, 0.02), 'cannot be told'],
  ['too few pairs', 'load', 'cpu', [4, 4, 4], 'cannot be told'],
])('%s', (_, shows, figure, values, expected) => {
  const judgements = judge(pairsOf(figure, values), shows);
  const about = figure === 'p99' ? judgements[1] : judgements[0];
  expect(about?.answer).toBe(expected);
});

it('the table has the medians of both, and the ratios that decide', () => {
  const rows = tableOf(pairsOf('cpu', spread(4, 0.02))).slice(2);
  expect(rows).toEqual([
    '| amped load | 100 | 10 | 100 | 4.23 | 50 % |  |',
    '| wrk | 100 | 10 | 100 | 5.00 | 50 % |  |',
    '| ratio of a pair (95 %) | 1.000 (1.000 to 1.000) | 1.000 (1.000 to 1.000) | 1.000 (1.000 to 1.000) | 0.846 (0.824 to 0.868) | 1.000 (1.000 to 1.000) | |',
  ]);
});

it('of wrong answers nothing can be told', () => {
  const pairs = pairsOf('p99', spread(99, 0.1));
  pairs[3] = { ours: sample({ errors: ['reset: 1'] }), other: sample({}) };
  expect(judge(pairs, 'agreement').map(({ answer }) => answer)).toEqual(['cannot be told', 'cannot be told']);
});

it('who is first changes with each pair, and each pair has one of each', async () => {
  const order: string[] = [];
  const client = (name: string, requestsPerSecond: number): Client => ({
    name,
    async run(_url, _connections, seconds) {
      order.push(`${name} ${seconds}`);
      return sample({ requestsPerSecond });
    },
  });
  const plan = { url: 'http://127.0.0.1:1/', connections: 1, seconds: 1, pairs: 3, warmUpSeconds: 2 };
  const pairs = await alternate(client('a', 2), client('b', 1), plan, () => {});
  expect(order).toEqual(['a 2', 'b 2', 'a 1', 'b 1', 'b 1', 'a 1', 'a 1', 'b 1']);
  expect(pairs.map(({ ours, other }) => ours.requestsPerSecond / other.requestsPerSecond)).toEqual([2, 2, 2]);
});

it('both bounds of agreement and the load a core have servers that show them', () => {
  const shown = (shows: Shows): string[] => SERVERS.filter((server) => server.shows === shows).map(({ name }) => name);
  expect(shown('agreement')).toEqual(['waits', 'computes']);
  expect(shown('load')).toContain('nginx-1kib');
});

it.runIf(missingTools().length === 0)('both clients measure the same server', async () => {
  const server = await httpServer();
  const clients = new LoadClients(pathToFileURL(join(ROOT, 'dist/compare/load/client-process.js')));
  const plan = { url: `${server.url}/`, connections: 4, seconds: 1, pairs: 1, warmUpSeconds: 0 };
  const [pair] = await alternate(ampedLoad(clients.run), wrk, plan, () => {});
  for (const measured of [pair?.ours, pair?.other]) {
    expect(measured?.errors).toEqual([]);
    expect(measured?.requestsPerSecond).toBeGreaterThan(1);
    expect(measured?.cpu).toBeGreaterThan(1);
    expect(measured?.p99).toBeGreaterThanOrEqual(measured?.p50 ?? 0);
  }
  await clients.end();
  await server.close();
});
