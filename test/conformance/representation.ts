/**
 * From a found file to its answer: content codings (RFC 9110 8.4 and 12.5.3), several ranges (14.6), fields that are added,
 * CORS, and passwords (RFC 7617), with real clients.
 */
import { execFile, spawnSync } from 'node:child_process';
import { scryptSync } from 'node:crypto';
import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { brotliDecompressSync, gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { partsOf } from '../http/parts.js';
import { OLD_TIME } from './fixture.js';
import { exchange, fetchOnce, inBatches, RawConnection, type Response, request } from './raw-client.js';
import { atOnce, expectInStep, type Running, withServer } from './running.js';
import { eventually } from './server-process.js';

/** What the server of these cases is started with. */
export const REPRESENTATION_OPTIONS = [
  ...['--compress', '--precompressed', '--security-headers'],
  ...['--cors-origin', 'https://a.example', '--cors-origin', 'https://b.example', '--cors-credentials'],
  ...['--header', 'X-Test: yes', '--header', 'Server:'],
];

const TEXT = 'Lines that come again and again, each a little other than the last.\n';
const SCRIPT = Array.from({ length: 400 }, (_, index) => `${index} ${TEXT}`).join('');
const LONG = Array.from({ length: 6000 }, (_, index) => `${index} ${TEXT}`).join('');
const PASSWORD = 'pässword';

const curl = async (...argv: string[]): Promise<Buffer> => {
  const options = { encoding: 'buffer' as const, maxBuffer: 64 * 1024 * 1024 };
  return (await promisify(execFile)('curl', ['--silent', '--show-error', '--max-time', '10', ...argv], options)).stdout;
};
const hasCurl = spawnSync('curl', ['--version']).status === 0;

function decoded({ body, field }: Response): string {
  const coding = field('content-encoding');
  if (coding === 'gzip') return gunzipSync(body).toString();
  return coding === 'br' ? brotliDecompressSync(body).toString() : body.toString();
}

export function representation(running: Running): void {
  let folder: ReturnType<Running['fixture']['changingDirectory']>;
  const put = (name: string, content: string | Buffer, time = OLD_TIME): void => {
    writeFileSync(join(folder.path, name), content);
    utimesSync(join(folder.path, name), time, time);
  };
  const get = (name: string, fields: readonly string[] = [], method = 'GET'): Promise<Response> =>
    fetchOnce(running.port, `${folder.target}/${name}`, fields, { method });
  const accepting = (value: string, name: string, ...fields: string[]): Promise<Response> =>
    get(name, [`Accept-Encoding: ${value}`, ...fields]);

  beforeAll(() => {
    folder = running.fixture.changingDirectory();
    put('app.js', SCRIPT);
    put('app.js.gz', gzipSync(SCRIPT));
    put('plain.js', SCRIPT);
    put('long.css', LONG);
    put('app.3f2a9c1b.js', 'hashed');
  });

  it('RFC 9110 8.4, 12.5.3: a file beside the file is sent to those who accept it, as a representation of its own', async () => {
    const [plain, gzip, head] = await Promise.all([
      get('app.js'),
      accepting('gzip', 'app.js'),
      get('app.js', ['Accept-Encoding: gzip'], 'HEAD'),
    ]);
    expect(gzip.body.equals(gzipSync(SCRIPT))).toBe(true);
    expect(gzip.field('content-encoding')).toBe('gzip');
    expect(plain.body.toString()).toBe(SCRIPT);
    expect(plain.field('content-encoding')).toBeUndefined();
    expect(plain.field('etag')).not.toBe(gzip.field('etag'));
    expect(gzip.field('content-type')).toBe(plain.field('content-type'));
    for (const name of ['etag', 'content-length', 'content-encoding', 'vary'])
      expect(head.field(name)).toBe(gzip.field(name));
    for (const { field } of [plain, gzip]) expect(field('vary')).toContain('Accept-Encoding');
  });

  it('RFC 9110 13, 14: conditions and ranges are about the representation that is sent', async () => {
    const whole = await accepting('gzip', 'app.js');
    const tag = whole.field('etag') as string;
    const plain = (await get('app.js')).field('etag') as string;
    expect((await accepting('gzip', 'app.js', `If-None-Match: ${tag}`)).status).toBe(304);
    expect((await accepting('gzip', 'app.js', `If-Match: ${plain}`)).status).toBe(412);
    const part = await accepting('gzip', 'app.js', 'Range: bytes=10-19', `If-Range: ${tag}`);
    expect(part.status).toBe(206);
    expect(part.body.equals(whole.body.subarray(10, 20))).toBe(true);
    expect((await accepting('gzip', 'app.js', 'Range: bytes=10-19', `If-Range: ${plain}`)).status).toBe(200);
  });

  it('RFC 9110 12.5.3: text is compressed, small and large, for whom it is; nobody gets what they cannot read', async () => {
    const values = ['gzip', 'br', 'gzip, br;q=0.5', 'identity', 'br;q=0, gzip;q=0', '*', 'gzip;q=0, *', 'deflate', ''];
    const asked = Array.from({ length: 60 }, (_, index) => ({
      name: index % 2 === 0 ? 'plain.js' : 'long.css',
      value: values[index % values.length] as string,
    }));
    await inBatches(asked, atOnce(running, 6), async ({ name, value }) => {
      const response = await accepting(value, name);
      expect(response.status).toBe(200);
      const coding = response.field('content-encoding') ?? 'identity';
      expect(decoded(response) === (name === 'plain.js' ? SCRIPT : LONG), `${name} ${value} ${coding}`).toBe(true);
      if (['gzip', 'br'].includes(value)) expect(coding).toBe(value);
      if (['identity', 'br;q=0, gzip;q=0', 'deflate', ''].includes(value)) expect(coding).toBe('identity');
      if (value === 'gzip;q=0, *') expect(coding).not.toBe('gzip');
    });
    expect((await accepting('identity;q=0, x', 'plain.js')).status).toBe(406);
  });

  it('a coded representation is never of what the file was before', async () => {
    put('changes.txt', SCRIPT);
    expect(decoded(await accepting('gzip', 'changes.txt'))).toBe(SCRIPT);
    put('changes.txt', `${SCRIPT}changed`, OLD_TIME + 10);
    const seen = await eventually(async () => decoded(await accepting('gzip', 'changes.txt')) === `${SCRIPT}changed`);
    expect(seen).toBe(true);
  });

  it.runIf(hasCurl)('curl reads what is compressed, and several ranges', async () => {
    const url = `http://127.0.0.1:${running.port}${folder.target}`;
    expect((await curl('--compressed', `${url}/long.css`)).toString() === LONG).toBe(true);
    const text = (await curl('--include', '--range', '0-9,100-109,-5', `${url}/plain.js`)).toString('latin1');
    const [head, ...rest] = text.split('\r\n\r\n') as [string, ...string[]];
    const type = /^content-type: (.*)$/im.exec(head)?.[1] as string;
    const parts = partsOf(type, rest.join('\r\n\r\n'));
    expect(parts.map(({ content }) => content)).toEqual([
      SCRIPT.slice(0, 10),
      SCRIPT.slice(100, 110),
      SCRIPT.slice(-5),
    ]);
  });

  it('RFC 9110 14.6: several ranges of a large file have its bytes, and the connection stays in step', async () => {
    const whole = running.fixture.bytes('large.bin');
    const spans: [number, number][] = [
      [0, 0],
      [5_000_000, 7_500_000],
      [1_000_000, 1_000_099],
      [whole.length - 10, whole.length - 1],
    ];
    const range = `Range: bytes=${spans.map(([first, last]) => `${first}-${last}`).join(', ')}`;
    const connection = await RawConnection.open(running.port);
    await connection.send(request('/large.bin', [range]) + request('/large.bin', [range], { method: 'HEAD' }));
    const response = await connection.readResponse();
    expect(response.status).toBe(206);
    expect(response.field('content-range')).toBeUndefined();
    const parts = partsOf(response.field('content-type') as string, response.body.toString('latin1'));
    expect(parts.map(({ first, last }) => [first, last])).toEqual(spans);
    for (const { first, last, content } of parts) {
      expect(content === whole.toString('latin1', first, last + 1)).toBe(true);
    }
    expect((await connection.readResponse('HEAD')).status).toBe(200);
    await expectInStep(running, connection);
    connection.close();
  });

  it('RFC 9110 14.2: more ranges than allowed, and more bytes than there are, give the whole', async () => {
    const many = Array.from({ length: 17 }, (_, index) => `${index * 2}-${index * 2}`).join(',');
    for (const set of [many, '0-,0-', `0-99,${'0-99,'.repeat(3)}`]) {
      const response = await fetchOnce(running.port, '/digits.txt', [`Range: bytes=${set}`]);
      expect(response.status).toBe(200);
      expect(response.body.toString()).toBe(running.fixture.text('digits.txt'));
    }
  });

  it('fields are added to files, errors and redirects; Cache-Control only to files', async () => {
    for (const target of ['/hello.txt', '/large.bin', '/nothing-here', '/sub', '/%']) {
      const { field } = await fetchOnce(running.port, target);
      expect(field('x-test'), target).toBe('yes');
      expect(field('server'), target).toBeUndefined();
      expect(field('x-content-type-options'), target).toBe('nosniff');
      expect(field('content-security-policy'), target).toBeDefined();
      expect(field('cache-control'), target).toBe(target.includes('.') ? 'no-cache' : undefined);
    }
    expect((await get('app.3f2a9c1b.js')).field('cache-control')).toContain('immutable');
  });

  it('CORS: each origin is told of itself alone, also by a cache that is shared', async () => {
    const origins = ['https://a.example', 'https://b.example', 'https://c.example', undefined];
    const asked = Array.from({ length: 48 }, (_, index) => ({
      origin: origins[index % origins.length],
      target: ['/hello.txt', '/nothing-here', '/large.bin'][Math.floor(index / 4) % 3] as string,
    }));
    await inBatches(asked, atOnce(running, 6), async ({ origin, target }) => {
      const { field } = await fetchOnce(running.port, target, origin === undefined ? [] : [`Origin: ${origin}`], {
        method: target === '/large.bin' ? 'HEAD' : 'GET',
      });
      const known = origin !== undefined && origin !== 'https://c.example';
      expect(field('access-control-allow-origin')).toBe(known ? origin : undefined);
      expect(field('access-control-allow-credentials')).toBe(known ? 'true' : undefined);
      expect(field('vary')).toContain('Origin');
    });
    const preflight = ['Origin: https://b.example', 'Access-Control-Request-Method: GET'];
    const [response] = await exchange(running.port, request('/hello.txt', preflight, { method: 'OPTIONS' }), [
      'OPTIONS',
    ]);
    expect(response?.status).toBe(204);
    expect(response?.field('access-control-allow-origin')).toBe('https://b.example');
  });

  passwords(running);
}

/** With a server of its own, which asks for a password. */
function passwords(running: Running): void {
  let folder: string;
  let file: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'conformance-users-'));
    file = join(folder, 'users');
    // One that takes a thousandth of the time of those that amped hash-password makes.
    const salt = Buffer.from('salt of the test');
    const hash = scryptSync(PASSWORD, salt, 32, { N: 256, r: 8, p: 1 });
    const [saltText, hashText] = [salt, hash].map((bytes) => bytes.toString('base64').replace(/=+$/, ''));
    writeFileSync(file, `# readers\nada:$scrypt$ln=8,r=8,p=1$${saltText}$${hashText}\n`);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('RFC 7617: whoever has a name and a password is let in, and nobody else; others are served meanwhile', async () => {
    await withServer(running, ['--auth-file', file, '--compress'], async ({ port }) => {
      const ask = async (
        credentials: string | undefined,
        target = '/hello.txt',
        ...more: string[]
      ): Promise<number> => {
        const fields =
          credentials === undefined ? [] : [`Authorization: Basic ${Buffer.from(credentials).toString('base64')}`];
        const response = await fetchOnce(port, target, [...fields, ...more]);
        if (response.status === 401)
          expect(response.field('www-authenticate')).toMatch(/^Basic realm=".+", charset="UTF-8"$/);
        return response.status;
      };
      expect(await ask(undefined)).toBe(401);
      expect(await ask(`ada:${PASSWORD}`)).toBe(200);
      const wrong = ['ada:', 'ada:wrong', 'eve:wrong', `Ada:${PASSWORD}`, 'no-colon', `ada:${PASSWORD}\0`];
      const known = Array.from({ length: 10 }, () => `ada:${PASSWORD}`);
      const statuses = await inBatches([...wrong, ...known], atOnce(running, 8), (credentials) => ask(credentials));
      expect(statuses).toEqual([...wrong.map(() => 401), ...known.map(() => 200)]);
      for (const fields of [['Authorization: Basic'], ['Authorization: Bearer x'], ['Authorization: Basic !']]) {
        expect((await fetchOnce(port, '/hello.txt', fields)).status).toBe(401);
      }
      expect(await ask(undefined, '/nothing-here')).toBe(401);
      expect(await ask(`ada:${PASSWORD}`, '/nothing-here')).toBe(404);
      expect(await ask(`ada:${PASSWORD}`, '/large.bin', 'Range: bytes=0-0,5-5')).toBe(206);
    });
  });
}
