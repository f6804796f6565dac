/** The admin listener over real sockets, for a server that stands still. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type AdminListener, startAdmin } from '../../src/admin/admin-listener.js';
import { metricsOf } from '../../src/admin/metrics-of.js';
import { OPEN_METRICS_TEXT, PROMETHEUS_TEXT } from '../../src/metrics/exposition.js';
import { EVERYTHING, QUIET } from '../metrics/quiet.js';

let ready: boolean;
let admin: AdminListener;

const server = {
  get ready() {
    return ready;
  },
  metrics: () => ({
    ...QUIET,
    ...{ connections: 3, requests: 17, workers: 2, busy: 1, workersReplaced: 4, waiting: 5, ready },
    lock: { acquisitions: 9, contended: 2, waitedMilliseconds: 1500 },
  }),
};

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

function ask(
  path: string,
  { method = 'GET', headers = {} }: { method?: string; headers?: object } = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asking = request(`${admin.url}${path}`, { method, headers: { ...headers }, agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (piece: string) => {
        text += piece;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text }));
    });
    asking.on('error', reject).end();
  });
}

beforeEach(async () => {
  ready = true;
  admin = await startAdmin('127.0.0.1', 0, server);
});

afterEach(() => admin.close());

describe('health', () => {
  it('is alive, and ready until it drains', async () => {
    expect(await ask('livez')).toMatchObject({ status: 200, text: 'alive\n' });
    expect(await ask('readyz')).toMatchObject({ status: 200, text: 'ready\n' });
    ready = false;
    expect(await ask('livez')).toMatchObject({ status: 200 });
    expect(await ask('readyz')).toMatchObject({ status: 503, text: 'draining\n' });
  });

  it('is not kept by anybody on the way', async () => {
    expect((await ask('readyz')).headers['cache-control']).toBe('no-store');
  });
});

describe('metrics', () => {
  it('are the numbers of the server, in the text format of Prometheus', async () => {
    const { status, headers, text } = await ask('metrics');
    expect([status, headers['content-type']]).toEqual([200, PROMETHEUS_TEXT]);
    expect(text).toContain('\namped_requests_total 17\n');
    expect(text).toContain('\namped_lock_wait_seconds_total 1.5\n');
    expect(text).toContain('\namped_start_time_seconds 1700000000.5\n');
    expect(text).toMatch(/^amped_build_info\{version="1\.2\.3",.*dispatcher="epoll",disk="auto"\} 1$/m);
  });

  it('are OpenMetrics for who asks for it', async () => {
    const accept = 'application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5';
    const { headers, text } = await ask('metrics', { headers: { accept } });
    expect(headers['content-type']).toBe(OPEN_METRICS_TEXT);
    expect(text.endsWith('# EOF\n')).toBe(true);
  });

  it('are JSON too, with null for what JSON has no word for', async () => {
    const metrics = JSON.parse((await ask('metrics.json')).text) as {
      stalls: { buckets: { atMost: number | null }[] };
    };
    expect(metrics).toMatchObject({ version: '1.2.3', model: 'event', requests: 17, ready: true });
    expect(metrics.stalls.buckets.at(-1)?.atMost).toBe(null);
  });

  it('are in order for promtool', async (context) => {
    if (spawnSync('promtool', ['--version']).error !== undefined) {
      context.skip('promtool is not installed (Debian package: prometheus)');
    }
    const { text } = await ask('metrics');
    const checked = spawnSync('promtool', ['check', 'metrics'], { input: text, encoding: 'utf8' });
    expect(`${checked.stdout}${checked.stderr}`).toBe('');
  });

  it('are each described in docs/metrics.md, with their type', () => {
    const docs = readFileSync(new URL('../../docs/metrics.md', import.meta.url), 'utf8');
    const rows = metricsOf(EVERYTHING).map(
      ({ name, type }) => `\`${name}${type === 'counter' ? '_total' : ''}\` | ${type} |`,
    );
    const described = [...docs.matchAll(/^\| (`amped_\w+` \| \w+ \|)/gm)].map(([, row]) => row);
    expect(described.sort()).toEqual(rows.sort());
  });
});

it('what goes wrong here is answered, and ends nothing', async () => {
  const failing = await startAdmin('127.0.0.1', 0, {
    ready: true,
    metrics: () => {
      throw new Error('There are no numbers.');
    },
  });
  for (const path of ['metrics', 'metrics.json']) {
    const answer = await fetch(`${failing.url}${path}`);
    expect([answer.status, await answer.text()]).toEqual([500, 'There are no numbers.\n']);
  }
  expect((await fetch(`${failing.url}livez`)).status).toBe(200);
  await failing.close();
});

describe('what is refused', () => {
  it('HEAD is GET without the content, other methods are 405', async () => {
    expect(await ask('livez', { method: 'HEAD' })).toMatchObject({ status: 200, text: '' });
    expect(await ask('livez', { method: 'POST' })).toMatchObject({ status: 405, headers: { allow: 'GET, HEAD' } });
    expect(await ask('elsewhere')).toMatchObject({ status: 404 });
  });

  it.each(['evil.example', 'evil.example:80', 'localhost.evil.example'])('a Host that is %j', async (host) => {
    expect((await ask('metrics', { headers: { host } })).status).toBe(403);
  });

  it.each(['localhost', 'LOCALHOST:9090', '127.0.0.1:1', '[::1]:9090', '10.1.2.3'])('but not %j', async (host) => {
    expect((await ask('metrics', { headers: { host } })).status).toBe(200);
  });

  it('a port that somebody has, in a sentence', async () => {
    const port = Number(new URL(admin.url).port);
    await expect(startAdmin('127.0.0.1', port, server)).rejects.toThrow(
      `The admin listener cannot have port ${port} of 127.0.0.1 (it is already in use); choose another with --admin.`,
    );
  });
});
