/** Which representation of a file a client gets: files beside it, and what is compressed; alone and with a slow disk. */
import { readdirSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliDecompressSync, gunzipSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Coding, GZIP } from '../../src/http/accept-encoding.js';
import { BlockingCompressor, type Compressed, type Compressor } from '../../src/site/compressor.js';
import { DEFAULT_SITE_SETTINGS, type SiteSettings } from '../../src/site/settings.js';
import { Asking, headOf, type Response, type SiteSetup, Waiting } from './asking.js';
import { SlowDisk } from './slow-disk.js';
import { OLD, Tree } from './tree.js';

const TEXT = 'Some text that comes again and again. '.repeat(100);
const LONG = 'A longer text, not kept in memory. '.repeat(10_000);

/** Compresses when it is told to. */
class LaterCompressor extends BlockingCompressor {
  readonly jobs: (() => void)[] = [];
  full = false;

  override admits(coding: Coding): boolean {
    return !this.full && this.makes(coding);
  }

  override compress(coding: Coding, bytes: Uint8Array, done: Compressed): void {
    this.jobs.push(() => super.compress(coding, bytes, done));
  }
}

let tree: Tree;
let asking: Asking;
let before: number;

const openDescriptors = (): number => readdirSync('/proc/self/fd').length;

function begin(settings: Partial<SiteSettings>, compressor?: Compressor, setup: SiteSetup = {}): void {
  const { used } = asking?.heap ?? { used: 0 };
  if (used > 0) asking.end();
  before = openDescriptors();
  asking = new Asking(tree.root, {
    settings: { ...DEFAULT_SITE_SETTINGS, ...settings },
    compressor,
    heapBytes: 4 * 1_048_576,
    ...setup,
  });
}

/** The answer to a client that accepts so much. */
function accepting(codings: string, target = '/app.js', fields: readonly string[] = [], method = 'GET'): Response {
  return asking.ask(target, [`Accept-Encoding: ${codings}`, ...fields], method);
}

const bytesOf = ({ body }: Response): Buffer => Buffer.from(body, 'latin1');

beforeEach(() => {
  tree = new Tree({
    'app.js': TEXT,
    'app.js.br': 'as brotli',
    'app.js.gz': 'as gzip, longer',
    'plain.js': TEXT,
    'image.png': TEXT,
    'short.txt': 'short',
    'long.css': LONG,
    'noise.txt': Buffer.from(Array.from({ length: 4000 }, () => Math.floor(Math.random() * 256))),
    'index.html': TEXT,
    'index.html.gz': 'index as gzip',
  });
});

afterEach(() => {
  asking.site.close();
  expect(asking.heap.used, 'nothing but errors that are kept').toBeLessThan(10_000);
  expect(openDescriptors()).toBe(before);
  asking.arena.destroy();
  asking = undefined as unknown as Asking;
  tree.remove();
});

describe('files beside the file', () => {
  beforeEach(() => begin({ precompressed: true }));

  it('are sent to those who accept them, as representations of their own', () => {
    const plain = asking.ask('/app.js');
    const brotli = accepting('gzip, br');
    const gzip = accepting('gzip');
    expect(plain).toMatchObject({ status: 200, body: TEXT });
    expect(brotli).toMatchObject({ status: 200, body: 'as brotli', fields: { 'content-encoding': 'br' } });
    expect(gzip).toMatchObject({ status: 200, body: 'as gzip, longer', fields: { 'content-encoding': 'gzip' } });
    expect(plain.fields['content-encoding']).toBeUndefined();
    for (const { fields } of [plain, brotli, gzip]) {
      expect(fields).toMatchObject({ vary: 'Accept-Encoding', 'content-type': plain.fields['content-type'] });
    }
    expect(brotli.fields['content-length']).toBe('9');
    expect(new Set([plain, brotli, gzip].map(({ fields }) => fields.etag)).size).toBe(3);
  });

  it('are chosen by weight, and refused where nothing is accepted', () => {
    expect(accepting('br;q=0.5, gzip').body).toBe('as gzip, longer');
    expect(accepting('zstd, gzip;q=0.1').body).toBe('as gzip, longer');
    expect(accepting('gzip;q=0.5, identity').body).toBe(TEXT);
    expect(accepting('identity;q=0, zstd')).toMatchObject({ status: 406, body: '406 Not Acceptable\n' });
    expect(accepting('*;q=0', '/plain.js').status).toBe(406);
    expect(accepting('gzip', '/plain.js')).toMatchObject({ body: TEXT, fields: { vary: 'Accept-Encoding' } });
    expect(asking.ask('/app.js', ['Accept-Encoding: zstd', 'Accept-Encoding: gzip']).body).toBe('as gzip, longer');
  });

  it('are an index too, and files of any type; but what is named as one is itself', () => {
    expect(accepting('gzip', '/')).toMatchObject({ body: 'index as gzip', fields: { 'content-encoding': 'gzip' } });
    tree.write('image.png.gz', 'image as gzip');
    expect(accepting('gzip', '/image.png').body).toBe('image as gzip');
    const itself = accepting('gzip', '/app.js.gz');
    expect(itself.body).toBe('as gzip, longer');
    expect(itself.fields['content-encoding']).toBeUndefined();
    expect(itself.fields.vary).toBeUndefined();
  });

  it('are what HEAD, conditions and ranges are about', () => {
    const { etag } = accepting('br').fields;
    const { etag: other } = asking.ask('/app.js').fields;
    expect(accepting('br', '/app.js', [], 'HEAD')).toMatchObject({ body: '', fields: { etag, 'content-length': '9' } });
    const unchanged = accepting('br', '/app.js', [`If-None-Match: ${etag}`]);
    expect(unchanged).toMatchObject({ status: 304, fields: { etag, vary: 'Accept-Encoding' } });
    expect(accepting('br', '/app.js', [`If-None-Match: ${other}`]).status).toBe(200);
    expect(accepting('br', '/app.js', [`If-Match: ${etag}`]).status).toBe(200);
    expect(accepting('br', '/app.js', [`If-Match: ${other}`]).status).toBe(412);
    expect(accepting('br', '/app.js', [`If-Match: W/${etag}`]).status).toBe(412);
    expect(accepting('br', '/app.js', ['Range: bytes=3-'])).toMatchObject({
      status: 206,
      body: 'brotli',
      fields: { 'content-range': 'bytes 3-8/9', 'content-encoding': 'br' },
    });
    expect(accepting('br', '/app.js', ['Range: bytes=3-', `If-Range: ${etag}`]).status).toBe(206);
    expect(accepting('br', '/app.js', ['Range: bytes=3-', `If-Range: ${other}`])).toMatchObject({
      status: 200,
      body: 'as brotli',
    });
    expect(accepting('br', '/app.js', ['Range: bytes=9-'])).toMatchObject({
      status: 416,
      fields: { 'content-range': 'bytes */9' },
    });
  });

  it('are not sent when they are older than the file, by more than archives can tell', () => {
    tree.write('app.js', `${TEXT}!`, OLD + 2);
    expect(accepting('br').body).toBe('as brotli');
    asking.wait();
    tree.write('app.js', `${TEXT}!!`, OLD + 3);
    expect(accepting('br')).toMatchObject({ body: `${TEXT}!!` });
    asking.wait();
    tree.write('app.js.br', 'made anew', OLD + 3);
    expect(accepting('br').body).toBe('made anew');
  });

  it('come, change and go within a second', () => {
    expect(accepting('br').body).toBe('as brotli');
    rmSync(tree.path('app.js.br'));
    asking.wait();
    expect(accepting('br').body).toBe(TEXT);
    writeFileSync(tree.path('app.js.br'), 'as brotli again');
    asking.wait();
    expect(accepting('br').body).toBe('as brotli again');
    writeFileSync(tree.path('app.js.br'), 'and changed');
    utimesSync(tree.path('app.js.br'), OLD + 1, OLD + 1);
    asking.wait();
    expect(accepting('br').body).toBe('and changed');
    rmSync(tree.path('app.js'));
    asking.wait();
    expect(accepting('br').status).toBe(404);
  });

  it('at once where changes are told', () => {
    expect(accepting('br').body).toBe('as brotli');
    expect(accepting('zstd, gzip;q=0.5').body).toBe('as gzip, longer');
    tree.write('app.js.br', 'told', OLD + 1);
    tree.write('app.js.zst', 'new', OLD + 1);
    asking.site.changed('app.js.br');
    expect(accepting('br').body).toBe('told');
    asking.site.changed('app.js.zst');
    expect(accepting('zstd').body).toBe('new');
  });

  it('are found beneath the root only', () => {
    writeFileSync(join(tree.parent, 'secret.br'), 'SECRET');
    symlinkSync('../secret.br', tree.path('plain.js.br'));
    symlinkSync(join(tree.parent, 'secret.br'), tree.path('plain.js.gz'));
    expect(accepting('br, gzip', '/plain.js').body).toBe(TEXT);
    symlinkSync('app.js.br', tree.path('plain.js.zst'));
    asking.wait();
    expect(accepting('zstd', '/plain.js').body).toBe('as brotli');
  });

  it('cost no look at the disk in a second in which they are known', () => {
    for (let time = 0; time < 3; time++) {
      accepting('zstd, br;q=0.5');
      accepting('br', '/plain.js');
    }
    const { misses } = asking.site.counts;
    const answer = asking.answer(headOf('/app.js', ['Accept-Encoding: zstd, br;q=0.5']));
    expect(asking.answer(headOf('/app.js', ['Accept-Encoding: zstd, br;q=0.5']))).toBe(answer);
    expect(asking.site.counts.misses).toBe(misses);
  });
});

describe('compression', () => {
  const codings = { br: brotliDecompressSync, gzip: gunzipSync };

  it('makes text smaller, small files and large ones, once', () => {
    begin({ compress: true }, new BlockingCompressor(), { cachedFileBytes: 65_536 });
    for (const [target, text] of [
      ['/app.js', TEXT],
      ['/long.css', LONG],
      ['/', TEXT],
    ] as const) {
      for (const [name, decompress] of Object.entries(codings)) {
        const response = accepting(name, target);
        expect(response).toMatchObject({ status: 200, fields: { 'content-encoding': name, vary: 'Accept-Encoding' } });
        expect(response.fields['content-length']).toBe(String(response.body.length));
        expect(decompress(bytesOf(response)).toString()).toBe(text);
        expect(asking.answer(headOf(target, [`Accept-Encoding: ${name}`]))).toBe(
          asking.answer(headOf(target, [`Accept-Encoding: ${name}`])),
        );
      }
      expect(asking.ask(target)).toMatchObject({ body: text, fields: { vary: 'Accept-Encoding' } });
    }
  });

  it('has a tag of its own for each coding, and the date of the file', () => {
    begin({ compress: true }, new BlockingCompressor());
    const all = [asking.ask('/app.js'), accepting('br'), accepting('gzip')];
    expect(new Set(all.map(({ fields }) => fields.etag)).size).toBe(3);
    expect(new Set(all.map(({ fields }) => fields['last-modified'])).size).toBe(1);
    const { etag } = all[2]!.fields;
    expect(accepting('gzip', '/app.js', [`If-None-Match: ${etag}`]).status).toBe(304);
    const part = accepting('gzip', '/app.js', ['Range: bytes=10-19', `If-Range: ${etag}`]);
    expect(part.body).toBe(all[2]!.body.slice(10, 20));
  });

  it.each(['/image.png', '/short.txt', '/noise.txt', '/app.js.gz'])('leaves %s as it is', (target) => {
    begin({ compress: true }, new BlockingCompressor());
    const response = accepting('gzip, br', target);
    expect(response.fields['content-encoding']).toBeUndefined();
    expect(response.body).toBe(asking.ask(target).body);
    expect(response.fields.vary).toBe(target === '/noise.txt' ? 'Accept-Encoding' : undefined);
  });

  it('is never of what the file was before', () => {
    begin({ compress: true }, new BlockingCompressor());
    accepting('gzip');
    tree.write('app.js', `${TEXT}changed`, OLD + 5);
    asking.wait();
    expect(gunzipSync(bytesOf(accepting('gzip'))).toString()).toBe(`${TEXT}changed`);
    tree.write('app.js', `${TEXT}changed once more`, OLD + 6);
    asking.site.changed('app.js');
    expect(gunzipSync(bytesOf(accepting('gzip'))).toString()).toBe(`${TEXT}changed once more`);
  });

  it('comes after a file beside it, which the client must like as much', () => {
    begin({ compress: true, precompressed: true }, new BlockingCompressor());
    expect(accepting('br').body).toBe('as brotli');
    rmSync(tree.path('app.js.br'));
    asking.wait();
    expect(brotliDecompressSync(bytesOf(accepting('br, gzip'))).toString()).toBe(TEXT);
    expect(accepting('br;q=0.5, gzip').body).toBe('as gzip, longer');
    tree.write('app.js.br', 'brotli is back');
    asking.wait();
    expect(accepting('br').body).toBe('brotli is back');
  });

  it('is waited for, once by all, and forgotten by those who have gone', () => {
    const compressor = new LaterCompressor();
    begin({ compress: true }, compressor);
    const waiters = ['gzip', 'gzip, br;q=0.1', 'br'].map((value) => {
      const waiter = new Waiting();
      expect(asking.site.answer(headOf('/app.js', [`Accept-Encoding: ${value}`]), waiter)).toBeNull();
      return waiter;
    });
    expect(asking.ask('/app.js').body).toBe(TEXT);
    expect(compressor.jobs).toHaveLength(2);
    asking.site.forget(waiters[1]!);
    for (const job of compressor.jobs.splice(0)) job();
    expect(waiters.map(({ answers }) => answers.length)).toEqual([1, 0, 1]);
    // It was no disk that they waited for.
    for (const { disk } of waiters) expect(disk).not.toContain(true);
    for (const { answers } of waiters) for (const answer of answers) answer.release();
    expect(accepting('gzip').fields['content-encoding']).toBe('gzip');
  });

  it('is done without where too much waits, and tried again later', () => {
    const compressor = new LaterCompressor();
    compressor.full = true;
    begin({ compress: true }, compressor);
    expect(accepting('gzip').body).toBe(TEXT);
    expect(accepting('gzip, identity;q=0').status).toBe(406);
    compressor.full = false;
    const waiter = new Waiting();
    expect(asking.site.answer(headOf('/app.js', ['Accept-Encoding: gzip', 'X: y']), waiter)).toBeNull();
    compressor.jobs.pop()?.();
    expect(waiter.answers[0]?.status).toBe(200);
    waiter.answers[0]?.release();
  });

  it('takes so much memory at a time, also of files that are still being read', () => {
    const compressor = new LaterCompressor();
    let disk!: SlowDisk;
    begin({ compress: true }, compressor, {
      cachedFileBytes: 1000,
      makeDisk: (arena) => {
        disk = new SlowDisk(arena);
        return disk;
      },
    });
    for (let index = 0; index < 10; index++) tree.write(`large${index}.txt`, TEXT.repeat(1100));
    const waiters = Array.from({ length: 10 }, (_, index) => {
      const waiter = new Waiting();
      asking.site.answer(headOf(`/large${index}.txt`, ['Accept-Encoding: gzip']), waiter);
      return waiter;
    });
    for (let index = 0; index < 10; index++) disk.complete();
    // Of 4 MiB each.
    expect(waiters.filter(({ answers }) => answers.length === 1)).toHaveLength(2);
    disk.completeAll();
    for (const job of compressor.jobs.splice(0)) job();
    const codings = waiters.map(({ answers }) => asking.read(answers[0]!).fields['content-encoding']);
    expect(codings.filter((coding) => coding === 'gzip')).toHaveLength(8);
    for (const { answers } of waiters) answers[0]!.release();
  });

  it('gives its file back when the site is closed while it is read', () => {
    let disk!: SlowDisk;
    begin({ compress: true }, new LaterCompressor(), {
      makeDisk: (arena) => {
        disk = new SlowDisk(arena);
        return disk;
      },
    });
    asking.site.answer(headOf('/long.css', ['Accept-Encoding: gzip']), new Waiting());
    disk.complete();
    expect(disk.asked).toEqual(['read ']);
    asking.site.close();
    disk.completeAll();
  });

  it('that ends after its file has changed is done anew or not at all, and after the end is nobody’s', () => {
    const compressor = new LaterCompressor();
    begin({ compress: true }, compressor);
    const waiter = new Waiting();
    asking.site.answer(headOf('/app.js', ['Accept-Encoding: gzip']), waiter);
    tree.write('app.js', 'x'.repeat(5000), OLD + 5);
    asking.wait();
    expect(asking.ask('/app.js').body).toBe('x'.repeat(5000));
    compressor.jobs.shift()?.();
    expect(asking.read(waiter.answers[0]!)).toMatchObject({ status: 200, body: 'x'.repeat(5000) });
    waiter.answers[0]!.release();
    asking.site.answer(headOf('/app.js', ['Accept-Encoding: gzip']), new Waiting());
    asking.site.close();
    compressor.jobs.shift()?.();
  });

  it('goes with its file when memory is short, and what is sent stays', () => {
    begin({ compress: true }, new BlockingCompressor(), { heapBytes: 32_768 });
    for (let index = 0; index < 12; index++) tree.write(`f${index}.txt`, `${index} ${TEXT}`);
    const held = asking.answer(headOf('/f0.txt', ['Accept-Encoding: gzip']));
    held.acquire();
    for (let round = 0; round < 3; round++) {
      for (let index = 0; index < 12; index++) {
        const response = accepting('gzip', `/f${index}.txt`);
        const text =
          response.fields['content-encoding'] === 'gzip' ? gunzipSync(bytesOf(response)).toString() : response.body;
        expect(text).toBe(`${index} ${TEXT}`);
      }
    }
    expect(gunzipSync(bytesOf(asking.read(held))).toString()).toBe(`0 ${TEXT}`);
    held.release();
  });

  it('has no end where the cache can hold one entry only', () => {
    begin({ compress: true, precompressed: true }, new BlockingCompressor(), { entries: 1 });
    for (const target of ['/app.js', '/plain.js', '/app.js']) {
      const response = accepting('gzip', target);
      expect(response.status).toBe(200);
    }
  });
});

it('every client gets what it can read, whatever order the disk and the compressor have', () => {
  const meaning = (response: Response): string => {
    const coding = response.fields['content-encoding'];
    if (response.status !== 200) return String(response.status);
    if (coding === undefined) return response.body;
    if (coding === 'gzip') return gunzipSync(bytesOf(response)).toString();
    return brotliDecompressSync(bytesOf(response)).toString();
  };
  const targets: Readonly<Record<string, string>> = {
    '/a.txt': `a${TEXT}`,
    '/b.txt': `b${TEXT}`,
    '/c.txt': `c${TEXT}`,
  };
  for (const [target, text] of Object.entries(targets)) tree.write(target.slice(1), text);
  tree.write('a.txt.gz', gzipSync(`a${TEXT}`));
  const accepts = ['gzip', 'br', 'gzip, br;q=0.5', 'identity', 'zstd, gzip', 'identity;q=0, gzip'];
  const step = fc.oneof(
    fc.record({
      kind: fc.constant('ask' as const),
      target: fc.constantFrom(...Object.keys(targets)),
      accept: fc.constantFrom(...accepts),
    }),
    fc.record({ kind: fc.constant('disk' as const), index: fc.nat(99) }),
    fc.record({ kind: fc.constant('compress' as const), index: fc.nat(99) }),
    fc.record({ kind: fc.constant('forget' as const), index: fc.nat(99) }),
    fc.record({ kind: fc.constant('wait' as const) }),
    fc.record({ kind: fc.constant('doubt' as const), name: fc.constantFrom('a.txt', 'a.txt.gz', 'b.txt', 'c.txt.br') }),
  );
  before = openDescriptors();
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), fc.integer({ min: 1, max: 8 }), (steps, entries) => {
      const compressor = new LaterCompressor();
      let disk!: SlowDisk;
      asking = new Asking(tree.root, {
        settings: { ...DEFAULT_SITE_SETTINGS, compress: true, precompressed: true },
        compressor,
        entries,
        heapBytes: 65_536,
        cachedFileBytes: 4_000,
        makeDisk: (arena) => {
          disk = new SlowDisk(arena);
          return disk;
        },
      });
      const asked: { waiter: Waiting; target: string; accept: string; forgotten: boolean }[] = [];
      for (const action of steps) {
        if (action.kind === 'ask') {
          const waiter = new Waiting();
          const answer = asking.site.answer(headOf(action.target, [`Accept-Encoding: ${action.accept}`]), waiter);
          if (answer !== null) waiter.answered(answer);
          asked.push({ waiter, target: action.target, accept: action.accept, forgotten: false });
        } else if (action.kind === 'disk') {
          if (disk.waiting.length > 0) disk.complete(action.index % disk.waiting.length);
        } else if (action.kind === 'compress') {
          if (compressor.jobs.length > 0) compressor.jobs.splice(action.index % compressor.jobs.length, 1)[0]!();
        } else if (action.kind === 'forget') {
          const one = asked[action.index % Math.max(asked.length, 1)];
          if (one === undefined || one.waiter.answers.length > 0) continue;
          asking.site.forget(one.waiter);
          one.forgotten = true;
        } else if (action.kind === 'wait') {
          asking.wait();
        } else {
          asking.site.changed(action.name);
        }
      }
      while (disk.waiting.length > 0 || compressor.jobs.length > 0) {
        disk.completeAll();
        compressor.jobs.shift()?.();
      }
      for (const { waiter, target, accept, forgotten } of asked) {
        expect(waiter.answers).toHaveLength(forgotten ? 0 : 1);
        if (forgotten) continue;
        const response = asking.read(waiter.answers[0]!);
        waiter.answers[0]!.release();
        const coding = response.fields['content-encoding'] ?? 'identity';
        if (response.status === 406) expect(accept).toContain('identity;q=0');
        else expect([targets[target], '503']).toContain(meaning(response));
        expect(accept.includes(coding) || coding === 'identity').toBe(true);
        if (accept.includes('identity;q=0') && response.status === 200) expect(coding).not.toBe('identity');
      }
      asking.site.close();
      expect(asking.heap.used).toBeLessThan(8_192);
      asking.arena.destroy();
    }),
    { numRuns: 150 },
  );
  expect(openDescriptors()).toBe(before);
  begin({});
});

it('knows which library made a representation', () => {
  begin({});
  expect(new BlockingCompressor().stampOf(GZIP)).toMatch(/^[A-Za-z0-9]+$/);
});
