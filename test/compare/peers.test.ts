/** Other servers: what they are started with is nobody else's to change. */
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { PEERS as BENCH_PEERS } from '../../bench/peers/peers/all.js';
import { PEERS } from '../../src/compare/peers/find-others.js';

const folder = mkdtempSync(join(tmpdir(), 'amped-peers-'));
chmodSync(folder, 0o755);
afterAll(() => rmSync(folder, { recursive: true }));

/** What others than its owner may write to, of a server's own folder and what is in it. */
function open(scratch: string): string[] {
  const all = [scratch, ...readdirSync(scratch).map((name) => join(scratch, name))];
  return all.filter((path) => (statSync(path).mode & 0o022) !== 0);
}

it.each(PEERS)('$name has a configuration that others cannot replace', (peer) => {
  const scratch = join(folder, peer.name);
  mkdirSync(scratch, { mode: 0o755 });
  peer.command('program', { directory: folder, scratch, files: 1, port: 1, connections: 1, processors: 1 });
  expect(open(scratch)).toEqual([]);
});

it.each([
  ['nginx', 'nginx.conf', 'worker_processes'],
  ['lighttpd', 'lighttpd.conf', 'server.max-worker ='],
])('%s has a worker for each processor', (name, file, setting) => {
  const scratch = join(folder, `workers-${name}`);
  mkdirSync(scratch, { mode: 0o755 });
  const place = { directory: folder, scratch, files: 1, port: 1, connections: 1, processors: 3 };
  PEERS.find((peer) => peer.name === name)?.command('program', place);
  expect(readFileSync(join(scratch, file), 'utf8')).toContain(`${setting} 3`);
});

it('serve, which need not be there, is told to answer files as they are called, at one address, and to say nothing', () => {
  const scratch = join(folder, 'told');
  mkdirSync(scratch, { mode: 0o755 });
  const place = { directory: '/site', scratch, files: 1, port: 8123, connections: 1, processors: 1 };
  const [program, ...words] = PEERS.find(({ name }) => name === 'serve')!.command('/usr/bin/serve', place);
  expect([program, words.at(-1)]).toEqual(['/usr/bin/serve', '/site']);
  expect(words).toEqual(
    expect.arrayContaining(['tcp://127.0.0.1:8123', '--no-port-switching', '--no-request-logging']),
  );
  const configuration = words[words.indexOf('--config') + 1] as string;
  expect(JSON.parse(readFileSync(configuration, 'utf8'))).toEqual({ cleanUrls: false });
});

it.each(BENCH_PEERS)('$name has one in the bench too', (peer) => {
  const scratch = join(folder, `bench-${peer.name}`);
  mkdirSync(scratch, { mode: 0o755 });
  const demand = { name: 'one', connections: 1, files: 1 };
  peer.command('program', { directory: folder, scratch, port: 1, demand });
  expect(open(scratch)).toEqual([]);
});
