/** The dashboard in a real Chromium: with servers that serve, and with what servers could say. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Polled } from '../../../src/metrics/polled.js';
import { type Started, start } from '../../cli/command.js';
import { DIST, eventually } from '../../models/scripts.js';
import { CHROMIUM, launch, type Opened, open, overflow, seriousFaults } from './browser.js';
import { fakePoll, type Kind } from './fake-polls.js';

const { startAdmin } = (await import(
  new URL('admin/admin-listener.js', DIST).href
)) as typeof import('../../../src/admin/admin-listener.js');

/** The listener of a server of which nothing but the page is asked. */
const admin = await startAdmin('127.0.0.1', 0, { ready: true, metrics: () => fakePoll('event', 1) } as never);
let opened: Opened | undefined;

const MOVING = { reducedMotion: 'no-preference' } as const;

afterEach(async () => {
  await opened?.page.context().close();
  opened = undefined;
});

afterAll(() => admin.close());

it('is at / for who takes HTML, and is told of to who takes text', async () => {
  const page = await fetch(admin.url, { headers: { accept: 'text/html,*/*;q=0.8' } });
  expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
  expect(page.headers.get('content-security-policy')).toContain("default-src 'none'; script-src 'self'");
  expect(page.headers.get('vary')).toBe('Accept');
  expect(await page.text()).toMatch(/^<!doctype html>/);
  const text = await fetch(admin.url);
  expect(text.headers.get('content-type')).toBe('text/plain; charset=utf-8');
  expect(await text.text()).toContain('the dashboard at /');
});

if (CHROMIUM === undefined) console.log("The dashboard is not tested: Chromium is missing, Debian's package chromium.");
else describe('in Chromium', inChromium);

function inChromium(): void {
  let browser: Browser;
  let root: string;
  let servers: Started[] = [];

  beforeAll(async () => {
    browser = await launch();
    root = mkdtempSync(join(tmpdir(), 'amped-dashboard-'));
    writeFileSync(join(root, 'index.html'), '<p>hello</p>');
  });

  afterAll(async () => {
    await browser.close();
    for (const server of servers) server.process.kill('SIGKILL');
    rmSync(root, { recursive: true });
  });

  async function serve(...options: readonly string[]): Promise<{ server: Started; adminUrl: string }> {
    const server = await start([root, '--port', '0', ...options]);
    servers.push(server);
    return { server, adminUrl: /admin +(http:\S+)/.exec(server.block)?.[1] as string };
  }

  async function end(server: Started): Promise<void> {
    server.process.kill('SIGTERM');
    await server.ended;
    servers = servers.filter((other) => other !== server);
  }

  /**
   * A page of a server that says what `fakePoll` makes up, a second later each time, with `changes`. Nothing moves in it unless
   * `options` are MOVING: pictures that nobody looks at take most of the time.
   */
  async function faked(kind: Kind, options = {}, changes: () => Partial<Polled> | undefined = () => ({})) {
    let seconds = 10;
    opened = await open(browser, admin.url, { reducedMotion: 'reduce', ...options }, () => {
      const changed = changes();
      return changed === undefined ? undefined : fakePoll(kind, ++seconds, changed);
    });
    await opened.page.locator('svg[data-shape]').waitFor();
    return opened;
  }

  it('charts move under load; the server ends and another comes, and the picture has its shape', async () => {
    const { server, adminUrl } = await serve('--admin', '0');
    opened = await open(browser, adminUrl);
    const { page, requests, complaints } = opened;
    await page.locator('svg[data-shape="loop"] .ring').waitFor();
    expect(await page.locator('#state').textContent()).toBe('Serving');
    const chart = (): Promise<string> => page.evaluate("document.querySelector('#requests canvas').toDataURL()");
    const before = await chart();
    let loading = true;
    const load = (async () => {
      while (loading) await (await fetch(server.url)).text();
    })();
    const rate = page.locator('#now dd').first();
    await eventually(async () => Number.parseFloat((await rate.textContent()) ?? '') > 0);
    await eventually(async () => (await chart()) !== before);
    // Requests pass through the picture.
    await page.locator('.traveller').first().waitFor({ state: 'attached' });
    loading = false;
    await load;
    expect(complaints).toEqual([]);
    expect(requests.filter((url) => !url.startsWith(adminUrl) && !url.startsWith('data:'))).toEqual([]);

    await end(server);
    await page.getByText('The server cannot be reached').waitFor();
    expect(await page.locator('#state').textContent()).toBe('Unreachable');
    const port = new URL(adminUrl).port;
    await serve('--admin', port, '--model', 'process', '--workers', '3');
    await page.locator('svg[data-shape="processes"] .cell').nth(2).waitFor();
    expect(await page.locator('#state').textContent()).toBe('Serving');
    expect(await page.locator('#turn').count()).toBe(0);
    expect(await page.locator('#worker-rows tr').count()).toBe(3);
  });

  it.each([
    ['event', 'light'],
    ['thread', 'dark'],
  ] as const)('axe finds nothing serious in %s, %s', async (kind, colorScheme) => {
    const { page, complaints } = await faked(kind, { colorScheme });
    await page.locator('#requests details summary').click();
    await page.locator('#requests tbody tr').nth(2).waitFor();
    expect(await seriousFaults(page)).toEqual([]);
    expect(complaints).toEqual([]);
  });

  it.each(['event', 'process', 'loops'] as const)('%s: nothing is wider than a phone', async (kind) => {
    const { page } = await faked(kind, { viewport: { width: 360, height: 740 } });
    expect(await overflow(page)).toBe(0);
    // The same page turned, without a new start.
    await page.setViewportSize({ width: 740, height: 360 });
    await eventually(async () => Number(await page.locator('#picture svg').getAttribute('width')) > 600);
    expect(await overflow(page)).toBe(0);
  });

  it('works by keyboard', async () => {
    const { page } = await faked('thread');
    const focused = (): Promise<string> =>
      page.evaluate('document.activeElement.id || document.activeElement.value || document.activeElement.className');
    const seen: string[] = [];
    for (let key = 0; key < 4; key++) {
      await page.keyboard.press('Tab');
      seen.push(await focused());
    }
    expect(seen).toEqual(['skip', '60', 'pause', 'trace']);
    await page.keyboard.press('Shift+Tab');
    await page.keyboard.press('Enter');
    expect(await page.locator('#pause').getAttribute('aria-pressed')).toBe('true');
    await page.keyboard.press('Shift+Tab');
    await page.keyboard.press('ArrowRight');
    expect(await focused()).toBe('300');
    await page.locator('#latency summary').focus();
    await page.keyboard.press('Enter');
    await page.locator('#latency tbody tr').first().waitFor();
    await page.locator('#workers .scroll').focus();
    expect(await focused()).toBe('scroll');
  });

  it('stands still while it is paused, and says so, whatever the server does', async () => {
    let alive = true;
    const { page } = await faked('event', MOVING, () => (alive ? {} : undefined));
    const playState = (): Promise<string> =>
      page.evaluate("getComputedStyle(document.querySelector('.ring.turning .sweep')).animationPlayState");
    await page.locator('.traveller').first().waitFor({ state: 'attached' });
    expect(await playState()).toBe('running');
    const pause = page.getByRole('button', { name: 'Pause' });
    await pause.click();
    expect(await page.locator('#state').textContent()).toBe('Paused');
    expect([await playState(), await page.locator('.traveller').count()]).toEqual(['paused', 0]);
    alive = false;
    // Another width draws the picture anew, and nothing begins to move.
    await page.setViewportSize({ width: 900, height: 800 });
    await eventually(async () => Number(await page.locator('#picture svg').getAttribute('width')) < 900);
    expect([await playState(), await page.locator('.traveller').count()]).toEqual(['paused', 0]);
    expect(await page.locator('#state').textContent()).toBe('Paused');
    await pause.click();
    await page.getByText('The server cannot be reached').waitFor();
    expect(await playState()).toBe('paused');
    alive = true;
    await page.locator('.traveller').first().waitFor({ state: 'attached' });
    expect(await playState()).toBe('running');
  });

  it('a page that nobody sees collects no dots', async () => {
    const { page } = await faked('event', MOVING);
    await page.locator('.traveller').first().waitFor({ state: 'attached' });
    await page.evaluate(
      "Object.defineProperty(document, 'hidden', { value: true }); document.dispatchEvent(new Event('visibilitychange'))",
    );
    expect(await page.locator('.traveller').count()).toBe(0);
    const up = await page.locator('#facts').textContent();
    await eventually(async () => (await page.locator('#facts').textContent()) !== up);
    expect(await page.locator('.traveller').count()).toBe(0);
  });

  it('a worker that has been replaced is called by its new name', async () => {
    let each = fakePoll('process', 1).each ?? [];
    const { page } = await faked('process', {}, () => ({ each }));
    const cell = page.locator('.cell').nth(3);
    expect(await cell.textContent()).toContain('4715');
    await page.evaluate("document.querySelectorAll('.cell')[3].setAttribute('data-kept', 'yes')");
    each = each.map((worker) => (worker.slot === 3 ? { ...worker, process: 9999 } : worker));
    await eventually(async () => ((await cell.textContent()) ?? '').includes('9999'));
    expect(await cell.getAttribute('data-kept')).toBe('yes');
  });

  it('another server has other charts, and of those of the one before nothing is kept', async () => {
    let startedAt = 5;
    const { page } = await faked('event', {}, () => ({ startedAt }));
    const charts = await page.locator('.uplot').count();
    await page.evaluate('window.earlier = [...document.querySelectorAll(".uplot")]');
    await page.evaluate('document.querySelector("#requests").id = "earlier"');
    startedAt = 6;
    await page.locator('#requests').waitFor();
    expect(await page.locator('.uplot').count()).toBe(charts);
    expect(await page.locator('#earlier').count()).toBe(0);
    // One that is destroyed has left its card, too.
    expect(await page.evaluate('earlier.filter((plot) => plot.parentNode !== null).length')).toBe(0);
  });

  it('a table that is open keeps its rows', async () => {
    const { page } = await faked('event');
    await page.getByText('Values of Requests', { exact: true }).click();
    await page.locator('#requests tbody tr').nth(2).waitFor();
    const cell = page.locator('#requests tbody td').first();
    await page.evaluate("document.querySelector('#requests tbody td').setAttribute('data-kept', 'yes')");
    const said = await cell.textContent();
    await eventually(async () => (await cell.textContent()) !== said);
    expect(await cell.getAttribute('data-kept')).toBe('yes');
    expect(await page.locator('#requests tbody tr').count()).toBeLessThanOrEqual(10);
  });

  it('says when the server drains, is silent, or counts little', async () => {
    let changes: Partial<Polled> | undefined = { ready: false };
    const { page } = await faked('event', {}, () => changes);
    await page.getByText('The server drains').waitFor();
    expect(await page.locator('#state').textContent()).toBe('Draining');
    changes = { sampled: 0 };
    await page.getByText('--metrics off').waitFor();
    changes = {};
    await page.locator('#notice').waitFor({ state: 'hidden' });
    // Questions are taken, and never answered.
    await page.route('**/metrics.json', () => {});
    await page.getByText('something has stopped it').waitFor();
    expect(await page.locator('.ring.stalled').count()).toBe(1);
  });

  it('a loop that has stalled is red, a worker that is busy is lit, and so is a lock that is waited for', async () => {
    const bucket = { atMost: 0.4, count: 0 };
    const event = await faked('event', {}, () => {
      bucket.count++;
      return { stalls: { count: bucket.count, sum: 0, buckets: [{ ...bucket }] } };
    });
    await event.page.locator('.ring.stalled').getByText('stalled \u2264 400 ms').waitFor();
    await event.page.context().close();
    let second = 0;
    const loops = await faked('loops', {}, () => {
      second++;
      const stalls = (slot: number) => ({
        ...{ count: 1, sum: 0 },
        buckets: [{ atMost: 0.4, count: slot === 2 ? second : 1 }],
      });
      return { each: fakePoll('loops', second).each?.map((one) => ({ ...one, stalls: stalls(one.slot) })) ?? [] };
    });
    await loops.page.locator('.ring.stalled').waitFor();
    expect(await loops.page.locator('.ring').nth(2).getAttribute('class')).toContain('stalled');
    await loops.page.context().close();
    const { page } = await faked('thread');
    await page.locator('.cell[data-state="busy"]').first().waitFor();
    await page.locator('.lock.contended').waitFor();
  });

  it('nothing moves for who prefers that', async () => {
    const { page } = await faked('event');
    await page.locator('.dot.lit').first().waitFor();
    expect(await page.locator('.traveller').count()).toBe(0);
    expect(await page.evaluate("getComputedStyle(document.querySelector('.sweep')).animationName")).toBe('none');
  });

  it('the button downloads a trace, and goes where there are none', async () => {
    const { page } = await faked('event');
    await page.route(/trace\?seconds=5$/, (route) => route.fulfill({ json: { traceEvents: [] } }));
    const downloaded = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Trace 5 s' }).click();
    // What has the focus keeps it, and what happens is told.
    await page.getByText('The trace is downloaded').waitFor({ state: 'attached' });
    expect(await page.evaluate('document.activeElement.id')).toBe('trace');
    expect((await downloaded).suggestedFilename()).toMatch(/^amped-trace-.*\.json$/);
    await page.route(/trace\?seconds=5$/, (route) => route.fulfill({ status: 404 }));
    await page.getByRole('button', { name: 'Trace 5 s' }).click();
    await page.locator('#trace').waitFor({ state: 'hidden' });
  });
}
