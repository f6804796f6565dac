/** The memory of new objects: it stays as it is while it is held, whatever survives, and grows again afterwards. */
import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';

const MODULE = new URL('../../dist/memory/young-generation.js', import.meta.url);

/** What survives makes it grow: many small objects that are kept. */
const PROGRAM = `
import { getHeapSpaceStatistics } from 'node:v8';
import { freeYoungGeneration, holdYoungGeneration } from ${JSON.stringify(MODULE.href)};
const size = () => getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space').space_size;
const keep = () => Array.from({ length: 1_000_000 }, (_, number) => ({ number }));
holdYoungGeneration();
const kept = [keep()];
const before = size();
kept.push(keep());
const held = size();
freeYoungGeneration();
kept.push(keep());
console.log(JSON.stringify({ grewWhileHeld: held > before, grewThen: size() > held, kept: kept.length }));
`;

it('does not grow while it is held', () => {
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', PROGRAM], { encoding: 'utf8' });
  expect(stderr).toBe('');
  const known = /^(20|22)\./.test(process.versions.node);
  const said = JSON.parse(stdout);
  // Where the flags are not known nothing is held, and it has grown before.
  expect(said).toEqual(known ? { grewWhileHeld: false, grewThen: true, kept: 3 } : said);
});
