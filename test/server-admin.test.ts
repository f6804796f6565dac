/** A server with its admin listener, as it is built: what it says is what the clients have done, in each model. */
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Server, ServerOptions } from '../src/server.js';
import { DIST, eventually } from './models/scripts.js';

const MODELS: readonly [name: string, options: Partial<ServerOptions>][] = [
  ['event', {}],
  ['event, 2 loops', { loops: 2 }],
  ['thread', { model: 'thread', workers: 2 }],
  ['process', { model: 'process', workers: 2 }],
];

let serve: typeof import('../src/server.js').serve;
let root: string;
let server: Server | undefined;

beforeAll(async () => {
  ({ serve } = (await import(new URL('server.js', DIST).href)) as typeof import('../src/server.js'));
  root = mkdtempSync(join(tmpdir(), 'amped-admin-'));
  writeFileSync(join(root, 'index.html'), '<p>hello</p>');
});

afterEach(() => server?.close());

afterAll(() => rmSync(root, { recursive: true }));

async function start(options: Partial<ServerOptions>): Promise<Server> {
  server = await serve({ root, port: 0, admin: '0', cacheBytes: 4_194_304, ...options });
  return server;
}

/** The value of a metric without labels. */
async function metricOf({ adminUrl }: Server, name: string): Promise<number> {
  const text = await (await fetch(`${adminUrl}metrics`)).text();
  return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1]);
}

describe.each(MODELS)('%s', (_name, options) => {
  it('counts what its clients count', async () => {
    const running = await start(options);
    for (let request = 0; request < 5; request++) {
      const answer = await fetch(running.url, { headers: { connection: 'close' } });
      expect(await answer.text()).toBe('<p>hello</p>');
    }
    // The answer is there a moment before it is counted.
    await eventually(async () => (await metricOf(running, 'amped_requests_total')) === 5);
    expect(await metricOf(running, 'amped_connections_total')).toBe(5);
    expect(await metricOf(running, 'amped_workers')).toBe(running.workers);
    // One in so many unless another number is asked for.
    expect(running.metrics().sampled).toBe(64);
  });

  it('is not ready while it drains, and gone afterwards', async () => {
    const running = await start({ ...options, drainTimeoutMilliseconds: 60_000, headerTimeoutMilliseconds: 60_000 });
    const client = connect(Number(new URL(running.url).port), '127.0.0.1');
    client.on('error', () => {});
    // Half a request is under way: it has come with the one before it.
    client.write('GET / HTTP/1.1\r\nHost: h\r\n\r\nGET / HTTP/1.1\r\n');
    await new Promise((resolve) => client.once('data', resolve));
    expect((await fetch(`${running.adminUrl}readyz`)).status).toBe(200);
    const drained = running.drain();
    expect((await fetch(`${running.adminUrl}readyz`)).status).toBe(503);
    expect((await fetch(`${running.adminUrl}livez`)).status).toBe(200);
    client.destroy();
    await drained;
    await expect(fetch(`${running.adminUrl}livez`)).rejects.toThrow();
  });
});

it('a server whose admin listener cannot be had does not start', async () => {
  const running = await start({});
  const taken = new URL(running.adminUrl as string).port;
  await expect(serve({ root, port: 0, admin: taken })).rejects.toThrow(/choose another with --admin/);
});

it('a real Prometheus scrapes it', async (context) => {
  if (spawnSync('prometheus', ['--version']).error !== undefined) {
    context.skip('prometheus is not installed (Debian package: prometheus)');
  }
  const running = await start({ metricsSample: 1 });
  for (const path of ['', 'missing']) await (await fetch(new URL(path, running.url))).text();
  const folder = mkdtempSync(join(tmpdir(), 'amped-prometheus-'));
  const target = new URL(running.adminUrl as string).host;
  const port = 20_000 + (process.pid % 20_000);
  writeFileSync(
    join(folder, 'prometheus.yml'),
    `scrape_configs:\n  - job_name: amped\n    scrape_interval: 1s\n    static_configs:\n      - targets: ['${target}']\n`,
  );
  const prometheus = spawn(
    'prometheus',
    [
      ...[`--config.file=${join(folder, 'prometheus.yml')}`, `--storage.tsdb.path=${join(folder, 'data')}`],
      `--web.listen-address=127.0.0.1:${port}`,
    ],
    { stdio: 'ignore' },
  );
  const ended = new Promise((resolve) => prometheus.once('close', resolve));
  try {
    await eventually(async () => {
      // With a label, and from a histogram.
      const query =
        'amped_ready + on() amped_requests_by_method_total{method="GET"} + on() amped_request_send_seconds_count';
      const url = `http://127.0.0.1:${port}/api/v1/query?query=${encodeURIComponent(query)}`;
      // It says 503 until it has come up.
      const found = await fetch(url)
        .then((answer) => answer.json() as Promise<{ data?: { result?: { value: [number, string] }[] } }>)
        .catch(() => undefined);
      return found?.data?.result?.[0]?.value[1] === '5';
    }, 20);
  } finally {
    prometheus.kill('SIGKILL');
    await ended;
    rmSync(folder, { recursive: true });
  }
}, 30_000);
