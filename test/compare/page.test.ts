/**
 * The page in a real browser: the plots are there and show what the numbers say, nothing is asked of anybody, nothing goes
 * wrong, and what comes from names and files is text in it.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { judgeFlash } from '../../src/compare/suites/flash.js';
import { run } from '../cli/command.js';
import { blocking, configuration, results, SUITES, usual, workload } from './sample-results.js';

/** It has no types of its own. */
const { PNG } = createRequire(import.meta.url)('pngjs') as {
  PNG: { sync: { read(file: Buffer): { readonly data: Buffer } } };
};
const CHROMIUM = '/usr/bin/chromium';
const EVIL = '</script><img src=x onerror="document.title=1">';

/** Where there is no Chromium nothing can be seen. */
if (existsSync(CHROMIUM)) describe('the page', thePage);

function thePage(): void {
  const folder = mkdtempSync(join(tmpdir(), 'amped-page-'));
  const file = join(folder, 'page.html');
  const said: string[] = [];
  const asked: string[] = [];
  let browser: Browser;
  let page: Page;

  beforeAll(async () => {
    const sweep = workload(
      'single-file',
      [0, 1024, 65_536].map((value, index) => [
        value,
        ['event/epoll', 'thread'].map((name, other) =>
          configuration(name, { requestsPerSecond: 1e5 / (index + 1 + other), p99: 1e-3, cpu: 1e-5, memory: 1e7 }),
        ),
      ]),
    );
    const whole = results([usual(), sweep, blocking()], { ...SUITES, flash: judgeFlash([]) });
    writeFileSync(
      join(folder, 'results.json'),
      JSON.stringify({ ...whole, remarks: [EVIL], command: `amped ${EVIL}` }),
    );
    const { code, stderr } = await run(['compare', '--from', join(folder, 'results.json'), '--report', file]);
    expect([code, stderr]).toEqual([0, '']);
    browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] });
    page = await browser.newPage({ viewport: { width: 1000, height: 800 } });
    page.on('console', (message) => said.push(message.text()));
    page.on('pageerror', (error) => said.push(error.message));
    page.on('request', (request) => asked.push(request.url()));
    await page.goto(pathToFileURL(file).href);
    await page.waitForSelector('html[data-plotted]');
  }, 60_000);

  afterAll(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true });
  });

  it('asks nobody for anything, and nothing goes wrong', () => {
    expect(said).toEqual([]);
    expect(asked).toEqual([pathToFileURL(file).href]);
  });

  it('has every plot, each with a name and with marks in it', async () => {
    const plots = await page.$$eval('figure[data-plot]', (figures) =>
      figures.map((figure) => ({
        caption: figure.querySelector('figcaption')?.textContent ?? '',
        label: figure.querySelector('[aria-label][role=img]')?.getAttribute('aria-label') ?? '',
        marks: figure.querySelectorAll('svg rect, svg path, svg circle').length,
      })),
    );
    // Four bars and a distribution, four lines and a distribution, one bar and a distribution, two suites.
    expect(plots).toHaveLength(5 + 5 + 2 + 2);
    for (const { caption, label, marks } of plots) {
      expect(label).toBe(caption);
      expect(marks, caption).toBeGreaterThan(3);
    }
  });

  it('draws bars in proportion to the numbers', async () => {
    const widths = await page.$$eval('figure[data-metric=requestsPerSecond][data-workload="0"] svg', (plots) =>
      [...(plots.at(-1)?.querySelectorAll('g[aria-label=bar] rect') ?? [])].map((bar) =>
        Number(bar.getAttribute('width')),
      ),
    );
    expect(widths).toHaveLength(5);
    const most = Math.max(...widths);
    // 5 us a request against 20.
    expect(Math.min(...widths) / most).toBeCloseTo(0.25, 1);
  });

  it('names every value that was swept, on each axis', async () => {
    const labels = await page.$$eval('figure[data-plot=sweep]', (figures) =>
      figures.map((figure) => [...figure.querySelectorAll('svg text')].map((label) => label.textContent ?? '')),
    );
    for (const texts of labels) expect(texts).toEqual(expect.arrayContaining(['0 B', '1 KiB', '64 KiB']));
  });

  it('has ink where the plots are', async () => {
    for (const plot of ['bars', 'sweep', 'distribution', 'switch', 'descriptors']) {
      const picture = PNG.sync.read(await page.locator(`figure[data-plot=${plot}]`).first().screenshot());
      const colours = new Set<number>();
      for (let at = 0; at < picture.data.length; at += 4) colours.add(picture.data.readUInt32BE(at));
      expect([plot, colours.size > 8]).toEqual([plot, true]);
    }
  });

  it('has the verdict, the claims, every number, and the commands', async () => {
    const text = (await page.textContent('main')) ?? '';
    for (const part of [
      'event/io_uring is best',
      'A blocking read stops',
      'growth in 2006',
      'amped site --like thread',
    ]) {
      expect(text).toContain(part);
    }
    expect(await page.locator('.claims').first().locator('tbody tr').count()).toBe(5);
    expect(await page.locator('.claims').last().locator('tbody tr').count()).toBe(14);
    expect(await page.locator('td.holds').count()).toBeGreaterThan(5);
    expect(await page.locator('td.unknown').allTextContents()).toEqual(expect.arrayContaining(['cannot be told']));
  });

  it('takes what comes from elsewhere as text', async () => {
    expect(await page.title()).toBe('Amped, compared');
    expect(await page.locator('img').count()).toBe(0);
    expect(await page.textContent('.remark')).toBe(EVIL);
  });

  it('tells the thirteenth line from the first, whose colour it has', async () => {
    const names = Array.from({ length: 14 }, (_, index) => `event/epoll/auto:${index + 1}`);
    const all = (rate: number) => names.map((name) => configuration(name, { requestsPerSecond: rate, cpu: 1 / rate }));
    const swept = workload(
      'single-file',
      [0, 1024, 4096].map((value, index) => [value, all(1000 / (index + 1))]),
    );
    const remarks = ['Nothing can be pinned <here>.'];
    const many = results([swept], { switch: { rows: [], remarks } });
    const [now, old] = ['many.json', 'old.json'].map((name) => join(folder, name)) as [string, string];
    writeFileSync(now, JSON.stringify(many));
    const [first, ...rest] = swept.points;
    const fewer = { ...first!, configurations: first!.configurations.slice(1) };
    writeFileSync(old, JSON.stringify({ ...many, workloads: [{ ...swept, points: [fewer, ...rest.slice(1)] }] }));
    const { code } = await run(['compare', '--from', now, '--against', old, '--report', join(folder, 'many.html')]);
    expect(code).toBe(0);
    const other = await browser.newPage();
    await other.goto(pathToFileURL(join(folder, 'many.html')).href);
    await other.waitForSelector('html[data-plotted]');
    for (const plot of ['sweep', 'distribution']) {
      const lines = await other.$eval(`figure[data-plot=${plot}]`, (figure) =>
        [...figure.querySelectorAll('svg g[aria-label=line] path')].map((line) => ({
          colour: line.getAttribute('stroke') ?? '',
          dashes: line.closest('g')?.getAttribute('stroke-dasharray') ?? '',
        })),
      );
      expect(lines).toHaveLength(14);
      expect(new Set(lines.map(({ colour, dashes }) => colour + dashes)).size).toBe(14);
      expect(lines.filter(({ dashes }) => dashes !== '')).toHaveLength(2);
      const legend = (await other.textContent(`figure[data-plot=${plot}]`)) ?? '';
      expect(legend.match(/\(dashed\)/g)).toHaveLength(2);
    }
    const text = (await other.textContent('main')) ?? '';
    for (const part of ['What has changed', 'numbers compared, 0 changed', remarks[0] as string]) {
      expect(text).toContain(part);
    }
    await other.close();
  });

  it('is not wider than a telephone, and opens everything for paper', async () => {
    await page.setViewportSize({ width: 390, height: 800 });
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(390);
    await page.evaluate("dispatchEvent(new Event('beforeprint'))");
    expect(await page.locator('details:not([open])').count()).toBe(0);
    expect((await page.pdf()).length).toBeGreaterThan(20_000);
  });
}

it('the build has the script of the page in one piece', () => {
  const script = readFileSync(new URL('../../dist/compare/report/browser/main.js', import.meta.url), 'utf8');
  expect(script).not.toMatch(/^import /m);
  expect(script).not.toContain('</script');
});
