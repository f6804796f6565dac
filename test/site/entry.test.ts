/** Entries: validators, and giving back once what they have. */
import { expect, it } from 'vitest';
import type { Disk } from '../../src/disk/disk.js';
import { FileStatus } from '../../src/disk/disk.js';
import { Entry } from '../../src/site/entry.js';
import { OpenFile } from '../../src/site/open-file.js';

function statusOf(some: Partial<FileStatus>): FileStatus {
  return Object.assign(new FileStatus(), { inode: 5, size: 7, modifiedSeconds: 100, changedSeconds: 200 }, some);
}

const tagOf = (some: Partial<FileStatus>) => new Entry('a', statusOf(some), null, 1000).entityTag;

it('the entity tag is strong, and another one whenever the file is', () => {
  const changes: Partial<FileStatus>[] = [
    {},
    { size: 8 },
    { inode: 6 },
    { modifiedSeconds: 101 },
    { modifiedNanoseconds: 1 },
    { modifiedNanoseconds: 999_999_999 },
    { changedSeconds: 201 },
    { changedNanoseconds: 1 },
    { changedSeconds: 100 },
  ];
  const tags = changes.map(tagOf);
  for (const tag of tags) expect(tag).toMatch(/^"[0-9a-z-]+"$/);
  expect(new Set(tags).size).toBe(tags.length);
  expect(tagOf({})).toBe(tagOf({}));
});

it('Last-Modified is never in the future, and never what no date can say', () => {
  const entryOf = (modifiedSeconds: number) => new Entry('a', statusOf({ modifiedSeconds }), null, 1000);
  expect(entryOf(1000)).toMatchObject({ lastModified: 1000, lastModifiedText: 'Thu, 01 Jan 1970 00:16:40 GMT' });
  for (const seconds of [1001, 253_402_300_800, -1e11, 1e15]) {
    expect(entryOf(seconds)).toMatchObject({ lastModified: Number.POSITIVE_INFINITY, lastModifiedText: '' });
  }
});

it('gives its file back once, when nobody else holds it', () => {
  const closed: number[] = [];
  const disk = { close: (file: number) => closed.push(file) } as unknown as Disk;
  const file = new OpenFile(disk, 9, new FileStatus());
  const entry = new Entry('a', new FileStatus(), file, 1000);
  file.hold();
  entry.retire();
  entry.retire();
  expect(closed).toEqual([]);
  file.drop();
  expect(closed).toEqual([9]);
});
