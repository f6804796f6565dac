/** An application among the options: as an operand, by its flag, and what does not go with it. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { resolveOptions } from '../../src/config/command-line.js';
import { OptionError } from '../../src/config/option-error.js';

let folder: string;
let app: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'amped-app-'));
  app = join(folder, 'app.mjs');
  writeFileSync(app, 'export default {};');
});

afterAll(() => rmSync(folder, { recursive: true }));

const refusal = (...argv: string[]): string => {
  try {
    resolveOptions(argv, {});
  } catch (error) {
    expect(error).toBeInstanceOf(OptionError);
    return (error as Error).message;
  }
  throw new Error(`${argv.join(' ')} is not refused`);
};

it('stands in place of the directory, or behind its flag', () => {
  expect(resolveOptions([app], {}).app).toBe(app);
  expect(resolveOptions(['--app', app, '--static', folder], {})).toMatchObject({ app, static: folder });
  expect(resolveOptions([folder], {}).app).toBe('none');
});

it('is refused where there is none, with a sentence', () => {
  expect(refusal(join(folder, 'absent.js'))).toMatch(/--app must be an existing file that ends in/);
  expect(refusal('--app', folder)).toMatch(/--app must be an existing file that ends in/);
  expect(refusal(app, '--static', join(folder, 'absent'))).toMatch(/--static must be an existing directory/);
});

it('does not go with a directory, and what is for applications not without one', () => {
  expect(refusal(folder, '--app', app)).toMatch(/DIR and --app do not go together; .* --static\./);
  expect(refusal('--static', folder)).toMatch(/--static goes with an application only/);
  expect(refusal('--handler-timeout', '1s')).toMatch(/--handler-timeout goes with an application only/);
  expect(refusal('--watch')).toMatch(/--watch goes with an application only/);
});
