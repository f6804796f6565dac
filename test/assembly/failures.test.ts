/** What goes wrong while a server serves, in sentences. */
import { closeSync, openSync, realpathSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeEach, describe, expect, it } from 'vitest';
import { acceptFailures, diskFailures } from '../../src/assembly/failures.js';
import { ECANCELED, EINVAL, EIO, EMFILE, ENFILE, ENOMEM } from '../../src/linux/errno.js';

let said: (string | undefined)[][];
const say = (...words: (string | undefined)[]): void => void said.push(words);

beforeEach(() => {
  said = [];
});

describe('a connection that could not be accepted', () => {
  it.each([
    [EMFILE, /\(EMFILE: this process has no descriptor left, see ulimit -n\)/],
    [ENFILE, /\(ENFILE: the system has no descriptor left\)/],
    [ENOMEM, /\(ENOMEM\)/],
  ])('is told of by its cause: %d', (error, sentence) => {
    acceptFailures(say)(-error);
    expect(said).toEqual([['warn', expect.stringMatching(sentence), 'accept']]);
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
