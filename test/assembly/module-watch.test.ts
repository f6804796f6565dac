/** The modules of an application are watched on when their directories have been replaced. */
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { ModuleWatch } from '../../src/assembly/module-watch.js';
import { eventually } from '../models/scripts.js';

let folder: string;
let app: string;
let changes: number;
let said: string[];
let watching: ModuleWatch;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'amped-modules-'));
  app = join(folder, 'app');
  make(app, 'first');
  changes = 0;
  said = [];
  watching = new ModuleWatch(
    app,
    () => changes++,
    (_level, sentence) => said.push(sentence),
  );
});

afterEach(() => {
  watching.close();
  rmSync(folder, { recursive: true });
  expect(said).toEqual([]);
});

function make(directory: string, text: string): void {
  mkdirSync(join(directory, 'lib'), { recursive: true });
  writeFileSync(join(directory, 'lib', 'part.js'), text);
}

/** Does it, and waits until it has been seen. */
async function seen(change: () => void): Promise<void> {
  const before = changes;
  change();
  await eventually(() => changes > before);
}

it('a directory that has taken the place of another within a burst', async () => {
  await seen(() => {
    rmSync(join(app, 'lib'), { recursive: true });
    make(app, 'anew');
  });
  await seen(() => writeFileSync(join(app, 'lib', 'part.js'), 'and changed'));
});

it('the first directory, moved away and another one moved into its place', async () => {
  make(join(folder, 'next'), 'of the next');
  await seen(() => {
    renameSync(app, join(folder, 'former'));
    renameSync(join(folder, 'next'), app);
  });
  await seen(() => writeFileSync(join(app, 'lib', 'part.js'), 'and changed'));
});

it('the first directory, removed and made anew later; meanwhile there is nothing to load', async () => {
  rmSync(app, { recursive: true });
  await pause(200);
  expect(changes).toBe(0);
  await seen(() => make(app, 'anew'));
  await seen(() => writeFileSync(join(app, 'lib', 'part.js'), 'and changed'));
});
