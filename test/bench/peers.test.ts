/** The bench against other servers, run for a second so that it cannot rot: it measures, and leaves nothing behind. */
import { existsSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { expect, it } from 'vitest';
import { readArguments } from '../../bench/peers/arguments.js';
import { processTree } from '../../bench/peers/process-tree.js';
import { type Contestant, runCase } from '../../bench/peers/run.js';
import { caseTable } from '../../bench/peers/table.js';
import { missingTools } from '../../bench/peers/tools.js';

const words = '--seconds 1 --warm-up 0 --repeat 1 --only amped-epoll,nginx --case 1kib'.split(' ');
const plan = { ...readArguments(words), progress: () => {} };
const found = plan.peers.map((peer) => ({ peer, program: peer.find() }));
const missing = [
  ...missingTools(),
  ...found.filter(({ program }) => program === undefined).map(({ peer }) => `${peer.name} is missing: ${peer.install}`),
];

it('measures Amped beside nginx and leaves nothing behind', async (context) => {
  if (missing.length > 0) context.skip([...new Set(missing)].join('; '));
  const before = leftovers();
  const [aCase] = plan.cases;

  const results = await runCase(aCase!, found as Contestant[], plan);

  for (const { peer, samples, remarks } of results) {
    expect(remarks, peer).toEqual([]);
    expect(samples[0]?.cpu, peer).toBeGreaterThan(1);
    expect(samples[0]?.memory, peer).toBeGreaterThan(1e6 / 4);
    expect(samples[0]?.p99, peer).toBeGreaterThan(samples[0]?.p50 ?? 0);
  }
  expect(caseTable(aCase!, results)).toMatch(/\| amped-epoll .*\n\| nginx-sendfile-on .*\n\| nginx-sendfile-off /);
  expect(leftovers()).toEqual(before);
});

/** Processes under this one, and temporary folders of the bench. */
function leftovers(): { processes: number; folders: string[] } {
  const folders = readdirSync(tmpdir()).filter((name) => name.startsWith(`amped-bench-${process.pid}-`));
  return { processes: processTree(process.pid).filter((pid) => existsSync(`/proc/${pid}`)).length, folders };
}
