/** What compresses: in place, and in the background within bounds. */
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { BROTLI, CODINGS, GZIP, ZSTD } from '../../src/http/accept-encoding.js';
import { BackgroundCompressor, BlockingCompressor } from '../../src/site/compressor.js';

const TEXT = Buffer.from('again and again '.repeat(1000));
const decoders = [
  [BROTLI, brotliDecompressSync],
  [GZIP, gunzipSync],
] as const;

describe.each([
  ['in place', new BlockingCompressor()],
  ['in the background', new BackgroundCompressor()],
])('%s', (_, compressor) => {
  it.each(decoders)('coding %i is made, and is shorter', async (coding, decode) => {
    expect(compressor.makes(coding)).toBe(true);
    expect(compressor.admits(coding, TEXT.length)).toBe(true);
    const coded = await new Promise<Uint8Array | null>((resolve) => compressor.compress(coding, TEXT, resolve));
    expect(coded?.length).toBeLessThan(TEXT.length / 10);
    expect(decode(coded as Uint8Array).equals(TEXT)).toBe(true);
  });

  it('what cannot be made is not promised', () => {
    for (const coding of CODINGS) expect(compressor.admits(coding, 1)).toBe(compressor.makes(coding));
    expect(compressor.makes(ZSTD)).toBe(process.versions.zstd !== undefined);
  });
});

it('in the background there is a bound, and what was admitted is done', async () => {
  const compressor = new BackgroundCompressor();
  const large = Buffer.alloc(4_194_304, 'abc');
  const done: Promise<unknown>[] = [];
  while (compressor.admits(GZIP, large.length)) {
    expect(done.length).toBeLessThan(5);
    done.push(new Promise((resolve) => compressor.compress(GZIP, large, resolve)));
  }
  expect(done).toHaveLength(4);
  for (const coded of await Promise.all(done)) expect(gunzipSync(coded as Uint8Array).equals(large)).toBe(true);
  expect(compressor.admits(GZIP, large.length)).toBe(true);
});
