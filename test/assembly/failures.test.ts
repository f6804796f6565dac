/** What goes wrong while a server serves, in sentences. */
import { closeSync, openSync, realpathSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeEach, describe, expect, it } from 'vitest';
import { acceptFailures, diskFailures } from '../../src/assembly/failures.js';
import { ECANCELED, EINVAL, EIO, EMFILE, ENFILE, ENOBUFS, ENOMEM } from '../../src/linux/errno.js';
import { REPEAT_MILLISECONDS, sparingly } from '../../src/log/error-log.js';

let said: (string | undefined)[][];
const say = (...words: (string | undefined)[]): void => void said.push(words);

beforeEach(() => {
  said = [];
});

describe('a connection that could not be accepted', () => {
  it.each([
    [EMFILE, 'this process has no descriptor left (EMFILE)'],
    [ENFILE, 'this computer has no descriptor left (ENFILE)'],
    [ENOBUFS, 'the kernel has no memory for it (ENOBUFS)'],
    [ENOMEM, 'the kernel has no memory for it (ENOMEM)'],
    [100, 'accept(2) failed (ENETDOWN)'],
    [133, 'accept(2) failed (error 133)'],
  ])('is told of by its cause: %d', (error, words) => {
    acceptFailures(say)(-error);
    expect(said).toEqual([
      ['warn', `A connection cannot be accepted: ${words}; it waits, and is tried again.`, 'accept'],
    ]);
  });

  it('again and again is told of once in a while, with how often', () => {
    let now = 0;
    const failed = acceptFailures(sparingly(say, () => now));
    for (; now <= REPEAT_MILLISECONDS; now += 100) failed(-EMFILE);
    expect(said).toHaveLength(2);
    expect(said[1]?.[1]).toContain('tried again. (99 more like this');
  });

  it('because the listener has been shut down is none', () => {
    acceptFailures(say)(-EINVAL);
    expect(said).toEqual([]);
  });
});

describe('a disk that has failed', () => {
  it('is told of with the name of the file, however that is written', () => {
    diskFailures(say).diskFailed('a "b"\n.txt', -EIO);
    expect(said).toEqual([['error', 'The disk has failed (EIO) with the file "a \\"b\\"\\n.txt".', 'disk']]);
  });

  it('is told of with the path of a file that is open', () => {
    const path = realpathSync(fileURLToPath(import.meta.url));
    const file = openSync(path, 'r');
    diskFailures(say).fileFailed(file, -EIO);
    closeSync(file);
    diskFailures(say).fileFailed(-1, -EIO);
    expect(said.map(([, sentence]) => sentence)).toEqual([
      `The disk has failed (EIO) with the file "${path}".`,
      'The disk has failed (EIO) with the file "descriptor -1".',
    ]);
  });

  it('is not what has ended with the server', () => {
    diskFailures(say).diskFailed('a', -ECANCELED);
    expect(said).toEqual([]);
  });
});
