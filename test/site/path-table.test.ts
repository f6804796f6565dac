/** The table of paths: exact, bounded, and forgetting what has left the cache. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { FileStatus } from '../../src/disk/disk.js';
import { Entry } from '../../src/site/entry.js';
import { ALWAYS, hashOf, PATH_BYTES, PathTable } from '../../src/site/path-table.js';

function entryOf(name: string): Entry {
  const entry = new Entry(name, new FileStatus(), null, 0);
  entry.cached = true;
  return entry;
}

const bytesOf = (path: string) => new Uint8Array(Buffer.from(`..${path}`, 'latin1'));
const find = (table: PathTable, path: string, stamp = 1) => table.find(bytesOf(path), 2, path.length + 2, stamp);
const put = (table: PathTable, path: string, entry: Entry, stamp = ALWAYS) =>
  table.put(bytesOf(path), 2, path.length + 2, entry, stamp);

it('finds what was put, by all of its bytes', () => {
  const table = new PathTable(64);
  const entry = entryOf('a');
  put(table, '/a/b.txt', entry);
  expect(find(table, '/a/b.txt')).toBe(entry);
  for (const other of ['', '/', '/a/b.tx', '/a/b.txtx', '/a/b.txs', '/A/b.txt']) expect(find(table, other)).toBeNull();
  const newer = entryOf('a');
  put(table, '/a/b.txt', newer);
  expect(find(table, '/a/b.txt')).toBe(newer);
});

it('what was put at a stamp is found at that stamp only, and what was put always at any', () => {
  const table = new PathTable(64);
  const entry = entryOf('a');
  put(table, '/a', entry, 5);
  expect([find(table, '/a', 4), find(table, '/a', 6), find(table, '/a', 5)]).toEqual([null, null, entry]);
  expect(table.stamped).toBe(true);
  put(table, '/a', entry);
  expect([find(table, '/a', 4), find(table, '/a', 6)]).toEqual([entry, entry]);
  expect(table.stamped).toBe(false);
});

it('tells apart paths with the same hash', () => {
  const hashes = new Map<number, string>();
  let pairs = 0;
  let random = 1;
  for (let index = 0; index < 300_000; index++) {
    random = Math.imul(random, 0x5851f42d) + 0x14057b7f;
    const path = `/${(random >>> 0).toString(36)}-${index.toString(36)}`;
    const hash = hashOf(bytesOf(path), 2, path.length + 2);
    const other = hashes.get(hash);
    hashes.set(hash, path);
    if (other === undefined) continue;
    pairs++;
    const table = new PathTable(16);
    put(table, other, entryOf('other'));
    expect(find(table, path)).toBeNull();
    const entry = entryOf('entry');
    put(table, path, entry);
    expect(find(table, path)).toBe(entry);
    expect(find(table, other)?.name).toBe('other');
  }
  expect(pairs).toBeGreaterThan(0);
});

it('takes no path that is too long', () => {
  const table = new PathTable(64);
  const entry = entryOf('a');
  put(table, `/${'a'.repeat(PATH_BYTES - 1)}`, entry);
  expect(find(table, `/${'a'.repeat(PATH_BYTES - 1)}`)).toBe(entry);
  put(table, `/${'a'.repeat(PATH_BYTES)}`, entry);
  expect(find(table, `/${'a'.repeat(PATH_BYTES)}`)).toBeNull();
});

it('what has left the cache is not found, and its place is used first', () => {
  const table = new PathTable(16);
  const first = entryOf('a');
  put(table, '/a', first);
  first.cached = false;
  expect(find(table, '/a')).toBeNull();
  const again = entryOf('a');
  put(table, '/a', again);
  expect(find(table, '/a')).toBe(again);
});

it('never gives another path its entry, however full it is', () => {
  fc.assert(
    fc.property(
      fc.array(fc.string({ unit: fc.constantFrom('a', 'b', '/'), maxLength: 8 }), { maxLength: 200 }),
      (paths) => {
        const table = new PathTable(16);
        const entries = new Map<string, Entry>();
        for (const path of paths) {
          const entry = entryOf(path);
          entries.set(path, entry);
          put(table, path, entry);
          expect(find(table, path)).toBe(entry);
        }
        for (const [path, entry] of entries) expect([entry, null]).toContain(find(table, path));
      },
    ),
  );
});

it('most paths of a tree as large as it was made for are found', () => {
  const table = new PathTable(4096);
  const entry = entryOf('a');
  for (let index = 0; index < 2048; index++) put(table, `/files/${index}.txt`, entry);
  let found = 0;
  for (let index = 0; index < 2048; index++) if (find(table, `/files/${index}.txt`) !== null) found++;
  expect(found).toBeGreaterThan(1900);
});
