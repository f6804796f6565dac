/** The attacks, for seconds and with few connections, so that they cannot rot; and that the normal client's figures are right. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { readArguments } from '../../bench/attacks/arguments.js';
import { NormalClient, percentile } from '../../bench/attacks/normal-client.js';
import { reportOf } from '../../bench/attacks/report.js';
import { runRound, SMALL_BYTES } from '../../bench/attacks/round.js';
import { ATTACKS, LARGE, SMALL } from '../../bench/attacks/slowhttptest.js';
import { findProgram } from '../../bench/peers/find-program.js';
import { cleanUp } from '../../src/compare/measurement/clean-up.js';

const directory = mkdtempSync(join(tmpdir(), 'amped-attack-'));
writeFileSync(join(directory, SMALL), Buffer.alloc(SMALL_BYTES, 'a'));
writeFileSync(join(directory, LARGE), Buffer.alloc(1024 * 1024, 'b'));
afterAll(() => {
  cleanUp();
  rmSync(directory, { recursive: true, force: true });
});

it('slow heads from a hundred connections keep nobody else waiting, and leave nothing open', async (context) => {
  if (findProgram('slowhttptest') === undefined) context.skip('slowhttptest is missing: apt-get install slowhttptest');
  const plan = { seconds: 3, connections: 100, rate: 50, workers: 4 };
  const round = await runRound(directory, 'epoll', ATTACKS.find(({ name }) => name === 'headers')!, plan);
  expect(round.remarks).toEqual([]);
  expect(round.failures).toBe(0);
  expect(round.descriptors.most).toBeGreaterThan(round.descriptors.before + 50);
  expect(percentile(round.latencies, 0.5)).toBeLessThan(100);
  expect(reportOf([round])).toMatch(/\n\| epoll \| headers \| \d+ \| \d+ \| 0 \|/);
}, 60_000);

it('latency counts from when a request was due, and what is cut short has failed', async () => {
  let waiting = true;
  const held: (() => void)[] = [];
  const server = createServer((socket) => {
    socket.on('error', () => {});
    const answer = () => socket.end('HTTP/1.1 200 OK\r\n\r\nfour');
    if (waiting) held.push(answer);
    else socket.end('HTTP/1.1 200 OK\r\n\r\nfou');
  }).listen(0, '127.0.0.1');
  await new Promise((done) => server.once('listening', done));
  const client = new NormalClient((server.address() as { port: number }).port, '/', 4, 100);
  const enough = () => held.length >= 5;
  while (!enough()) await new Promise((done) => setTimeout(done, 5));
  waiting = false;
  for (const answer of held) answer();
  await client.stop();
  server.close();
  expect(client.latencies.length).toBeGreaterThanOrEqual(5);
  // The first one has waited for the fifth to be due.
  expect(Math.max(...client.latencies)).toBeGreaterThan(35);
});

it('the command line is refused in a sentence', () => {
  expect(() => readArguments(['--attack', 'none,noise'])).toThrow(/--attack takes none, headers/);
  expect(() => readArguments(['--model', 'fast'])).toThrow(/--model takes event/);
  expect(readArguments([]).attacks).toHaveLength(5);
});
