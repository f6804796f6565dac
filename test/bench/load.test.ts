/** The bench of the load client beside wrk, run once for a moment so that it cannot rot; and its verdicts. */
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { alternate, ampedLoad, type Measured, medianOf, verdicts, wrk } from '../../bench/load/alternate.js';
import { missingTools } from '../../bench/peers/tools.js';
import { ROOT } from '../architecture/source.js';
import { httpServer } from '../compare/load/server.js';

const sample = (change: Partial<Measured>): Measured => ({
  ...{ requestsPerSecond: 100, p50: 10, p99: 100, cpu: 5, busy: 0.5, errors: [] },
  ...change,
});

it('medians are those of odd and even numbers of samples', () => {
  const samples = [3, 1, 10, 2].map((p99) => sample({ p99 }));
  expect(medianOf(samples, 'p99')).toBe(2.5);
  expect(medianOf(samples.slice(0, 3), 'p99')).toBe(3);
});

it.each([
  [{}, [true, true, true]],
  [{ requestsPerSecond: 106 }, [false, true, true]],
  [{ requestsPerSecond: 106, busy: 0.95 }, [true, true, true]],
  [{ requestsPerSecond: 90, busy: 0.95 }, [false, true, true]],
  [{ p99: 111 }, [true, false, true]],
  [{ cpu: 5.1 }, [true, true, false]],
])('%j is told', (change, expected) => {
  expect(verdicts([sample(change)], [sample({})]).map(({ holds }) => holds)).toEqual(expected);
});

it.runIf(missingTools().length === 0)('both clients measure the same server, in turns', async () => {
  const server = await httpServer();
  const clients = [ampedLoad(join(ROOT, 'dist/cli/main.js')), wrk];
  const said: string[] = [];
  const found = await alternate(clients, `${server.url}/`, 4, { seconds: 1, warmUpSeconds: 0 }, 1, (text) => {
    said.push(text);
  });
  expect(said.map((text) => text.replace(/^.*: /, ''))).toEqual(['amped load', 'wrk']);
  for (const [measured] of found) {
    expect(measured?.errors).toEqual([]);
    expect(measured?.requestsPerSecond).toBeGreaterThan(1);
    expect(measured?.cpu).toBeGreaterThan(1);
    expect(measured?.p99).toBeGreaterThanOrEqual(measured?.p50 ?? 0);
  }
  await server.close();
});
