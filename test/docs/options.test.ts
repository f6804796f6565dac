/** docs/options.md has every option with its default and no other; what README says of options and packages is so. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { OTHER_FLAGS, type OtherFlag } from '../../src/config/command-line.js';
import type { Option } from '../../src/config/option.js';
import { OPTION_NAMES, OPTIONS } from '../../src/config/options.js';
import { ROOT } from '../architecture/source.js';

interface Row {
  /** Those that it names, as they are typed. */
  readonly flags: readonly string[];
  readonly initially: string;
}

/** The rows of the table of options in a document. */
function rowsOf(document: string): Row[] {
  const [, text = ''] = readFileSync(join(ROOT, document), 'utf8').split('| option | default | meaning |');
  const [table = ''] = text.split('\n\n');
  return [...table.matchAll(/^\| (`-[^|]*) \| ([^|]*)\|/gm)].map(([, names, initially]) => ({
    flags: [...(names as string).matchAll(/--?[a-z][a-z-]*/gi)].map(([flag]) => flag),
    initially: (initially as string).trim(),
  }));
}

const OWN = OPTION_NAMES.filter((name) => name !== 'root').map((name): Option<unknown> => OPTIONS[name]);
const OTHERS: [string, OtherFlag][] = Object.entries(OTHER_FLAGS);

/** All that can be typed. */
const FLAGS = [
  ...OWN.flatMap(({ flag, short }) => [`--${flag}`, ...(short === undefined ? [] : [`-${short}`])]),
  ...OTHERS.flatMap(([flag, { short }]) => [`--${flag}`, ...(short === undefined ? [] : [`-${short}`])]),
];

it('docs/options.md names every flag once, and no other', () => {
  expect(
    rowsOf('docs/options.md')
      .flatMap(({ flags }) => flags)
      .sort(),
  ).toEqual([...FLAGS].sort());
});

describe.each(['docs/options.md', 'README.md'])('%s', (document) => {
  it('has the defaults of the options that it names', () => {
    const rows = rowsOf(document);
    expect(rows.length).toBeGreaterThan(10);
    for (const { kind, flag, initial, environment } of OWN) {
      const row = rows.find(({ flags }) => flags.includes(`--${flag}`));
      if (row === undefined) continue;
      const written = kind.placeholder === '' ? '' : kind.write(initial);
      // Behind it there may be more, as where it differs in some models.
      expect([written, row.initially.slice(0, written.length)], flag).toEqual([written, written]);
      if (environment !== undefined) expect(row.initially, flag).toContain(`$${environment}`);
      if (written === '' && kind.placeholder === '') expect(row.initially, flag).toBe('');
    }
  });
});

it('README names no flag that there is not', () => {
  expect(rowsOf('README.md').flatMap(({ flags }) => flags.filter((flag) => !FLAGS.includes(flag)))).toEqual([]);
});

it('README names every package that Amped stands on', () => {
  const { dependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
    dependencies: Record<string, string>;
  };
  const text = readFileSync(join(ROOT, 'README.md'), 'utf8');
  const table = text.slice(text.indexOf('| package | why |')).split('\n\n')[0] as string;
  expect([...table.matchAll(/^\| \[([^\]]+)\]/gm)].map(([, name]) => name).sort()).toEqual(
    Object.keys(dependencies).sort(),
  );
});
