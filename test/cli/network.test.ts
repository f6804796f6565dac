/** What one can type on another computer: the cases that the block of the command does not show. */
import { expect, it } from 'vitest';
import { isLocal, networkUrls } from '../../src/cli/network.js';

it.each([
  [['http://127.9.8.7:80/'], true],
  [['http://localhost:80/', 'unix:/a', 'unix:@a'], true],
  [['http://[::1]:80/'], true],
  [['http://127.0.0.1:80/', 'http://0.0.0.0:80/'], false],
  [['http://[::]:80/'], false],
  [['http://[fe80::1%25eth0]:80/'], false],
  [['http://127.example.org:80/'], false],
  [['http://my-host:80/'], false],
])('%j is this computer’s alone: %s', (urls, local) => {
  expect(isLocal(urls)).toBe(local);
});

it('there is nothing to type where there is no network', () => {
  expect(networkUrls(['http://0.0.0.0:80/', 'http://[::]:80/'], {})).toEqual([]);
  expect(networkUrls(['http://0.0.0.0:80/'], { eth0: undefined })).toEqual([]);
});
