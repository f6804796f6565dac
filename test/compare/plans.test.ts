/** From a workload to what the load client is told: the files, their order, the pace, and those beside them. */
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { completePlan } from '../../src/compare/load/complete-plan.js';
import { requestsIn } from '../../src/compare/measurement/access-log.js';
import { plansFor } from '../../src/compare/measurement/load-plans.js';
import { filesOf, makeFiles, requireFiles } from '../../src/compare/measurement/served-files.js';
import { workloadIn } from '../../src/compare/workloads/read-workload.js';

const folder = mkdtempSync(join(tmpdir(), 'amped-plans-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('the files of a directory', () => {
  beforeAll(() => {
    mkdirSync(join(folder, 'site/deep er'), { recursive: true });
    for (const name of ['b.css', 'index.html', 'a.js', '.secret', 'deep er/ü.txt']) {
      writeFileSync(join(folder, 'site', name), name);
    }
    symlinkSync('/etc/passwd', join(folder, 'site/link'));
  });

  it('are those that a server sends, the popular ones first, each with its length and hash', () => {
    const { targets, bytes } = filesOf(join(folder, 'site'));
    expect(targets.map(({ path }) => path)).toEqual(['/index.html', '/a.js', '/b.css', '/deep%20er/%C3%BC.txt']);
    expect(targets[1]).toMatchObject({ status: 200, length: 4, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) });
    expect(bytes).toBe(10 + 4 + 5 + 'deep er/ü.txt'.length + 1);
  });

  it('are an error where there are none', () => {
    mkdirSync(join(folder, 'empty'));
    expect(() => filesOf(join(folder, 'empty'))).toThrow(/^There is no file to ask for in /);
  });

  it('are asked for where the rules of the site have them', () => {
    const site = join(folder, 'clean');
    mkdirSync(join(site, 'public/docs'), { recursive: true });
    for (const name of ['about.html', 'docs/index.html', 'docs/a.css', 'old.html', 'plain', 'plain.html']) {
      writeFileSync(join(site, 'public', name), name);
    }
    const redirects = [{ source: '/old', destination: '/about' }];
    const addresses = (rules: object): string[] => {
      writeFileSync(join(site, 'serve.json'), JSON.stringify({ public: 'public', redirects, ...rules }));
      return filesOf(site).targets.map(({ path }) => path);
    };
    // What leads elsewhere, or is hidden by another file, is not asked for.
    expect(addresses({ cleanUrls: true })).toEqual(['/about', '/plain', '/docs/', '/docs/a.css']);
    expect(addresses({ cleanUrls: true, trailingSlash: true })).toEqual([
      '/about/',
      '/plain/',
      '/docs/',
      '/docs/a.css',
    ]);
    expect(addresses({ cleanUrls: false })).toEqual([
      ...['/about.html', '/old.html', '/plain', '/plain.html', '/docs/index.html', '/docs/a.css'],
    ]);
    // What the server will refuse has no rules.
    writeFileSync(join(site, 'serve.json'), '{ "nonsense": ');
    expect(filesOf(site).targets.map(({ path }) => path)).toContain('/public/about.html');
  });

  it('are no more than so many, and it is told that there are more', () => {
    expect(requireFiles(join(folder, 'site'), 4)).toEqual([]);
    expect(requireFiles(join(folder, 'site'), 3)).toEqual([
      `There are more than 3 files in ${join(folder, 'site')}: only 3 of them were asked for.`,
    ]);
  });

  // Root may read everything.
  if (process.getuid?.() !== 0) {
    it('are without those that nobody may read', () => {
      chmodSync(join(folder, 'site/a.js'), 0);
      expect(filesOf(join(folder, 'site')).targets.map(({ path }) => path)).not.toContain('/a.js');
    });
  }

  it('are made where a workload asks for it, and all differ', () => {
    mkdirSync(join(folder, 'made'));
    const targets = makeFiles(join(folder, 'made'), 'files', 3, 100);
    expect(new Set(targets.map(({ sha256 }) => sha256)).size).toBe(3);
    expect(filesOf(join(folder, 'made')).targets).toEqual(targets);
    expect(makeFiles(join(folder, 'made'), 'empty', 1, 0)[0]).toMatchObject({ length: 0 });
  });
});

describe('a plan', () => {
  const targets = [{ path: '/a' }, { path: '/b' }];
  const moment = { url: 'http://127.0.0.1:1', seconds: 2, cores: [1], seed: 3 };
  const plans = (text: string) =>
    plansFor(
      workloadIn(text, 'w.json'),
      { targets, coldTargets: [{ path: '/0' }, { path: '/1' }, { path: '/2' }] },
      moment,
    );

  it('asks for files by popularity in a closed loop, on its own processor', () => {
    const { measured, cold, idle } = plans('{}');
    expect(measured).toMatchObject({
      order: { kind: 'random', zipf: 1 },
      pace: { kind: 'closed' },
      processor: 1,
      seconds: 2,
    });
    expect([cold, idle]).toEqual([undefined, undefined]);
  });

  it('leaves it to the kernel which of several processors its client has', () => {
    const asked = { targets, coldTargets: [] };
    const { measured } = plansFor(workloadIn('{}', 'w.json'), asked, { ...moment, cores: [0, 1] });
    expect(measured).not.toHaveProperty('processor');
  });

  it('has an open loop where requests come at a rate', () => {
    const { measured } = plans('{ "arrivals": "constant", "requestsPerSecond": 50, "order": "uniform" }');
    expect(measured).toMatchObject({
      order: { kind: 'random' },
      pace: { kind: 'open', rate: 50, arrivals: 'constant' },
    });
    expect(measured.order).not.toHaveProperty('zipf');
  });

  it('has those beside it who read cold files, each time other ones, and those who are idle', () => {
    const { cold, idle } = plans('{ "files": "made", "coldConnections": 2, "idleConnections": 10 }');
    expect(cold).toMatchObject({ connections: 2, order: { kind: 'sequence' } });
    expect(cold?.targets.map(({ path }) => path)).toEqual(['/0', '/1', '/2']);
    expect((idle?.connections ?? 0) + (idle?.idleConnections ?? 0)).toBe(10);
  });

  it('makes the requests of a log again, when they came', () => {
    const log = requestsIn(
      ['36', '38'].map((second) => `h - - [10/Oct/2000:13:55:${second} +0000] "GET /x HTTP/1.1" 200 1\n`).join(''),
    );
    const workload = workloadIn('{ "log": "x", "arrivals": "recorded", "logSpeed": 2 }', 'w.json');
    const { measured } = plansFor(workload, { targets: log.targets, coldTargets: [], log }, moment);
    expect(measured.order).toEqual({ kind: 'trace', requests: [[0, 0], [1000, 0]] }); // biome-ignore format: pairs
    expect(measured).not.toHaveProperty('seconds');
  });

  it('is one that the client takes', () => {
    const kinds = [
      '{}',
      '{ "keepAlive": false, "pipeline": 4 }',
      '{ "slowConnections": 3, "files": "made" }',
      '{ "idleConnections": 1 }',
      '{ "think": "20ms", "pipeline": 2 }',
    ];
    for (const kind of kinds) {
      for (const plan of Object.values(plans(kind))) expect(() => completePlan(plan)).not.toThrow();
    }
  });
});
