/** Where the time of a worker that blocks has gone. */
import { expect, it } from 'vitest';
import { COMPUTED, COUNTS, TOLD_AT, WAITED } from '../../src/metrics/counts.js';
import { TimeSpent } from '../../src/models/time-spent.js';

it('is what it computes and what it waits, which are all of it; and it goes on with what was counted before', async () => {
  const counts = new Float64Array(COUNTS);
  counts[COMPUTED] = 100;
  counts[WAITED] = 1000;
  const began = performance.now();
  const spent = new TimeSpent(counts);
  // From its first moment on it is known when it has last told of its time.
  expect(Math.abs(counts[TOLD_AT]! - Date.now())).toBeLessThan(1000);
  counts[TOLD_AT] = 0;
  const cpu = process.cpuUsage();
  for (const end = performance.now() + 40; performance.now() < end; );
  await new Promise((done) => setTimeout(done, 60));
  spent.tell();
  const elapsed = (performance.now() - began) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  const [computed, waited] = [counts[COMPUTED]! - 100, counts[WAITED]! - 1000];
  expect(computed).toBeGreaterThan(0);
  // Other threads of this process compute too.
  expect(computed).toBeLessThanOrEqual((user + system) / 1e6 + 0.01);
  expect(computed + waited).toBeGreaterThan(0.099);
  expect(computed + waited).toBeLessThanOrEqual(elapsed);
  expect(Math.abs(counts[TOLD_AT]! - Date.now())).toBeLessThan(1000);
});
