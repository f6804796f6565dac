/** A real Chromium with the dashboard in it: everything that it asks for and everything that it complains of is kept. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { findProgram } from '../../../bench/peers/find-program.js';
import type { Polled } from '../../../src/metrics/polled.js';

/** Debian's, or undefined. */
export const CHROMIUM = findProgram('chromium');

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
/** A second of the page is so many milliseconds: it waits for nothing else. */
const SECOND_MILLISECONDS = 150;

/** A page of a test, and what was noted of it. */
export interface Opened {
  readonly page: Page;
  /** URLs of what it has asked for. */
  readonly requests: readonly string[];
  /** Errors and warnings, and what was thrown. */
  readonly complaints: readonly string[];
}

export function launch(): Promise<Browser> {
  // Tests may run as root, where Chromium has no sandbox.
  return chromium.launch({ executablePath: CHROMIUM ?? '', args: ['--no-sandbox'] });
}

/** Opens the page. `poll`: what it is told in place of what its server says; undefined is no answer. */
export async function open(
  browser: Browser,
  url: string,
  options: BrowserContextOptions = {},
  poll?: () => Polled | undefined,
): Promise<Opened> {
  const context = await browser.newContext({ viewport: { width: 1200, height: 800 }, ...options });
  const page = await context.newPage();
  const requests: string[] = [];
  const complaints: string[] = [];
  page.on('request', (request) => requests.push(request.url()));
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  await page.addInitScript(
    `{ const original = setInterval; window.setInterval = (call, time) => original(call, time === 1000 ? ${SECOND_MILLISECONDS} : time); }`,
  );
  if (poll !== undefined) {
    await page.route('**/metrics.json', async (route) => {
      const polled = poll();
      if (polled === undefined) await route.abort();
      else await route.fulfill({ json: polled });
    });
  }
  await page.goto(url);
  return { page, requests, complaints };
}

/** What axe finds that is serious or worse, in a line each. */
export async function seriousFaults(page: Page): Promise<string[]> {
  await page.evaluate(AXE);
  return page.evaluate(`axe.run().then(({ violations }) => violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) => nodes.map(({ html }) => id + ': ' + html)))`);
}

/** How far the page is wider than its window. */
export function overflow(page: Page): Promise<number> {
  return page.evaluate('document.documentElement.scrollWidth - innerWidth');
}
