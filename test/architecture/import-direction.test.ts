/** The layers of src/ import only downwards. */
import { describe, expect, it } from 'vitest';
import { LAYERS, layerOf, violations } from './layers.js';
import { importsOf, type SourceFile, sourceFiles } from './source.js';

function file(path: string, text: string): SourceFile {
  return { path, text, imports: importsOf(path, text) };
}

describe('the source tree', () => {
  const files = sourceFiles();

  it('has files', () => {
    expect(files.length).toBeGreaterThan(20);
  });

  it('has only the layers of the design', () => {
    const unknown = files
      .map(({ path }) => layerOf(path))
      .filter((layer) => !(LAYERS as readonly string[]).includes(layer));
    expect([...new Set(unknown)]).toEqual([]);
  });

  it('imports only downwards', () => {
    expect(violations(files)).toEqual([]);
  });

  it('has no circle of imports of values', () => {
    expect(circles(files)).toEqual([]);
  });
});

describe('the check itself', () => {
  it.each([
    ['http/parse.ts', "import { a } from '../memory/arena.js';", 'imports nothing of ours'],
    ['http/parse.ts', "import { readFileSync } from 'node:fs';", 'does no I/O'],
    ['site/site.ts', "import type { Open } from '../linux/files.js';", 'only through disk/'],
    ['linux/files.ts', "import { a } from '../memory/arena.js';", 'memory comes after linux'],
    ['memory/heap.ts', "import koffi from 'koffi';", 'only linux/ may import koffi'],
    ['memory/heap.ts', "const koffi = createRequire(import.meta.url)('koffi');", 'only linux/ may import koffi'],
    ['dispatcher/epoll.ts', "const { serve } = await import('../server.js');", 'server.ts comes after dispatcher'],
    ['dispatcher/epoll.ts', "export * from '../models/event-driven.js';", 'models comes after dispatcher'],
    ['dispatcher/epoll.ts', "import '../utilities/text.js';", 'utilities is no layer'],
    [
      'dispatcher/epoll.ts',
      "import {\n  a,\n  b,\n} from '../models/event-driven.js';",
      'models comes after dispatcher',
    ],
  ])('%s may not say %s', (path, text, reason) => {
    const found = violations([file(path, text)]);
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(reason);
  });

  it('names the line', () => {
    const found = violations([file('linux/a.ts', "/**\n * from 'x'\n */\nimport '../cli/main.js';\n")]);
    expect(found[0]).toMatch(/^src\/linux\/a\.ts:4 imports '\.\.\/cli\/main\.js', but /);
  });

  it.each([
    ['linux/library.ts', "import type { LibraryHandle } from 'koffi';"],
    ['memory/arena.ts', "import { view } from '../linux/library.js';"],
    ['cli/main.ts', "const { serve } = await import('../server.js');"],
    ['http/parse.ts', "import { CLASS } from './characters.js';"],
  ])('%s may say %s', (path, text) => {
    expect(violations([file(path, text)])).toEqual([]);
  });

  it('finds a circle', () => {
    const found = circles([
      file('http/a.ts', "import { b } from './b.js';"),
      file('http/b.ts', "import { c } from './c.js';"),
      file('http/c.ts', "import { a } from './a.js';"),
      file('http/d.ts', "import { a } from './a.js';\nimport type {\n  e,\n} from './e.js';"),
      file('http/e.ts', "import { d } from './d.js';"),
    ]);
    expect(found).toEqual(['http/a.ts -> http/b.ts -> http/c.ts -> http/a.ts']);
  });
});

/** Circles of imports, each once, in words. Those of types alone do no harm: they are gone when the program runs. */
function circles(files: readonly SourceFile[]): string[] {
  const targets = new Map(
    files.map(({ path, imports }) => [path, imports.filter(({ typesOnly }) => !typesOnly).map(({ target }) => target)]),
  );
  const found: string[] = [];
  const done = new Set<string>();
  const visit = (path: string, trail: readonly string[]): void => {
    const start = trail.indexOf(path);
    if (start !== -1) {
      found.push([...trail.slice(start), path].join(' -> '));
      return;
    }
    if (done.has(path)) return;
    for (const target of targets.get(path) ?? []) visit(target, [...trail, path]);
    done.add(path);
  };
  for (const { path } of files) visit(path, []);
  return found;
}
