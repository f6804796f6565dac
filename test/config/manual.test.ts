/** The manual page: in step with the table of options, and good roff. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { SUBCOMMANDS } from '../../src/cli/subcommands.js';
import { OTHER_FLAGS } from '../../src/config/command-line.js';
import { manualPage } from '../../src/config/manual.js';
import { OPTION_NAMES, OPTIONS } from '../../src/config/options.js';

const description = JSON.parse(readFileSync('package.json', 'utf8'));

it('is the one of the package: else run npm run generate', () => {
  expect(readFileSync('docs/amped.1', 'utf8')).toBe(manualPage(description.version));
  expect(description.man).toBe('docs/amped.1');
  expect(description.files).toContain('docs/amped.1');
});

it('has every subcommand in its synopsis', () => {
  const [, synopsis] = /^\.SH SYNOPSIS$([\s\S]*?)^\.SH/m.exec(manualPage(description.version)) ?? [];
  const named = [...(synopsis ?? '').matchAll(/^\.B amped (\S+)$/gm)].map(([, name]) => name?.replaceAll('\\-', '-'));
  expect(named.sort()).toEqual(Object.keys(SUBCOMMANDS).sort());
});

it('is shown without a warning, and tells of every option', (context) => {
  const { error, status, stdout, stderr } = spawnSync('groff', ['-man', '-ww', '-Tascii', '-P-cbou', 'docs/amped.1'], {
    encoding: 'utf8',
  });
  if (error !== undefined) context.skip("groff is missing: Debian's package groff-base");
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  const flags = OPTION_NAMES.filter((name) => name !== 'root').map((name) => OPTIONS[name].flag);
  for (const flag of [...flags, ...Object.keys(OTHER_FLAGS)]) expect(stdout).toMatch(new RegExp(`--${flag}\\b`));
  for (const heading of [
    'NAME',
    'SYNOPSIS',
    'SIGNALS',
    'FILES',
    'ENVIRONMENT',
    'EXIT STATUS',
    'EXAMPLES',
    'SEE ALSO',
  ]) {
    expect(stdout).toMatch(new RegExp(`^${heading}$`, 'm'));
  }
  // Hyphens that are none: an option can be copied from the page.
  expect(stdout).not.toMatch(/[\u2010\u2212]/);
});
