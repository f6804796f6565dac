/** The reports made from results: terminal, Markdown, CSV, and what has changed. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { changesBetween, changesText } from '../../src/compare/report/changes.js';
import { csvText } from '../../src/compare/report/csv.js';
import { markdownText } from '../../src/compare/report/markdown.js';
import { terminalText } from '../../src/compare/report/terminal.js';
import { figures, size, time } from '../../src/compare/results/metrics.js';
import { readResults } from '../../src/compare/results/read-results.js';
import { configuration, results, SUITES, usual, workload } from './sample-results.js';

const LOOK = { width: 100, coloured: false, blocks: false };

describe('the terminal', () => {
  const text = terminalText(results([usual()], SUITES), LOOK);

  it('has a row with a bar for each configuration, the longest for the most', () => {
    const bars = [...text.matchAll(/^(event|thread|process)\S* .* (#+)$/gm)].map(([, , bar]) => bar!.length);
    expect(bars).toHaveLength(5);
    expect(bars[0]).toBe(Math.max(...bars));
    expect(bars[0]).toBeGreaterThan(bars[4]! * 2);
  });

  it('has the verdict, the suites, the claims and the testbed', () => {
    for (const part of [
      'event/io_uring is best',
      'working set',
      'growth',
      '+ holds: ',
      'Measured on: Linux 6.18 (Debian)',
    ]) {
      expect(text).toContain(part);
    }
  });

  it('colours nothing where colours are not welcome', () => {
    expect(text).not.toContain('\x1b');
    expect(terminalText(results([usual()]), { ...LOOK, coloured: true })).toContain('\x1b');
  });

  it('says who took no part, and when nothing was measured', () => {
    const nobody = { ...configuration('thread', {}, { remarks: ['took no part: why'] }), samples: [], summaries: {} };
    const said = terminalText(results([workload('site', [[undefined, [nobody]]])]), LOOK);
    expect(said).toContain('thread: took no part: why');
    expect(said).toContain('Nothing was measured.');
  });
});

it('the Markdown has a table that is one, and the command', () => {
  const text = markdownText(results([usual()], SUITES));
  const rows = text.split('\n').filter((line) => line.startsWith('| event/'));
  expect(rows).toHaveLength(2);
  expect(text).toMatch(/^\| -+ \| -+: \|/m);
  expect(text).toContain('```sh\namped compare site\n```');
});

it('the Markdown and the terminal have the remarks of suites', () => {
  const suites = {
    switch: { rows: [], remarks: ['Nothing can be pinned.'] },
    descriptors: { ...SUITES.descriptors!, remarks: ['select watches 1,024.'] },
  };
  const all = results([], suites);
  for (const text of [markdownText(all), terminalText(all, LOOK)]) {
    expect(text).toContain('Nothing can be pinned.');
    expect(text).toContain('select watches 1,024.');
  }
});

it('the CSV has a line for each repetition, and quotes what needs it', () => {
  const [head, ...lines] = csvText(results([usual()]))
    .trimEnd()
    .split('\r\n');
  expect(head).toMatch(/^workload,swept,value,configuration,repetition,/);
  expect(lines).toHaveLength(25);
  const odd = configuration('a "b", c', { cpu: 1 });
  expect(csvText(results([workload('site', [[undefined, [odd]]])]))).toContain('"a ""b"", c"');
});

describe('what has changed', () => {
  const at = (cpu: number) =>
    results([workload('site', [[undefined, [configuration('event/epoll', { cpu, requestsPerSecond: 1 / cpu })]]])]);

  it('is nothing when it is within the spread', () => {
    expect(changesBetween(at(1e-6), at(1.01e-6))).toMatchObject({ compared: 2, changed: [] });
  });

  it('is told with its direction', () => {
    const changes = changesBetween(at(1e-6), at(2e-6));
    expect(changes.changed.map(({ metric, better }) => [metric, better])).toEqual([
      ['requestsPerSecond', false],
      ['cpu', false],
    ]);
    expect(changesText(changes, 'old.json')).toMatch(
      / {2}worse {3}site, event\/epoll: CPU\/request 1 us -> 2 us \(\+100 %\)/,
    );
    expect(changesBetween(at(2e-6), at(1e-6)).changed.every(({ better }) => better)).toBe(true);
  });

  it('names another testbed', () => {
    const before = at(1e-6);
    const elsewhere = { ...before, testbed: { ...before.testbed, node: '18.0.0' } };
    expect(changesText(changesBetween(elsewhere, before), 'old.json')).toContain('node was 18.0.0 and is 20.0.0');
  });
});

describe('results from a file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'amped-results-'));
  const file = (text: string): string => {
    const path = join(folder, 'results.json');
    writeFileSync(path, text);
    return path;
  };

  it('are what was written', () => {
    const written = results([usual()]);
    expect(readResults(file(JSON.stringify(written)))).toEqual(written);
  });

  it('are refused by a sentence where they are none', () => {
    expect(() => readResults(join(folder, 'absent.json'))).toThrow(/cannot be read: there is no such file\.$/);
    expect(() => readResults(file('{'))).toThrow(/is no JSON: /);
    expect(() => readResults(file('{}'))).toThrow(/has no results of amped compare in it/);
    expect(() => readResults(file('null'))).toThrow(/has no results of amped compare in it/);
    expect(() => readResults(file(JSON.stringify({ ...results([]), format: 99 })))).toThrow(/results of format 99/);
  });

  it('are refused by the first thing that is missing or wrong in them', () => {
    const whole = JSON.parse(JSON.stringify(results([usual()], SUITES)));
    const [{ points }] = whole.workloads;
    const [{ configurations }] = points;
    const workload = (changes: object) => ({ workloads: [{ ...whole.workloads[0], ...changes }] });
    const configuration = (changes: object) =>
      workload({ points: [{ configurations: [{ ...configurations[0], ...changes }] }] });
    const place = 'workloads[0].points[0].configurations[0]';
    for (const [changes, mistake] of [
      [{ testbed: undefined }, 'testbed is missing'],
      [{ claims: 'none' }, 'claims must be an array'],
      [{ method: { ...whole.method, repetitions: 1.5 } }, 'method.repetitions must be an integer'],
      [workload({ points: undefined }), 'workloads[0].points is missing'],
      [workload({ workload: {} }), 'workloads[0].workload.name is missing'],
      [configuration({ kind: 'ours' }), `${place}.kind must be one of amped, other`],
      [configuration({ samples: [null] }), `${place}.samples[0] must be an object`],
      [configuration({ summaries: { cpu: {} } }), `${place}.summaries.cpu.median is missing`],
    ] as const) {
      const path = file(JSON.stringify({ ...whole, ...changes }));
      expect(() => readResults(path)).toThrow(`${path} is no whole results of amped compare: ${mistake}.`);
    }
    // A newer Amped may say more.
    expect(() => readResults(file(JSON.stringify({ ...whole, more: 1 })))).not.toThrow();
    rmSync(folder, { recursive: true });
  });
});

it('numbers are written with three figures and their unit', () => {
  expect([time(1.5e-7), time(6.25e-6), time(0.0123), time(2)]).toEqual(['150 ns', '6.25 us', '12.3 ms', '2 s']);
  expect([size(0), size(1024), size(1.5 * 2 ** 20), size(4.5e10)]).toEqual(['0 B', '1 KiB', '1.50 MiB', '41.9 GiB']);
  expect([figures(0), figures(0.034), figures(12.34), figures(123_456.7)]).toEqual(['0', '0.03', '12.3', '123,457']);
});
