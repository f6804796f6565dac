/** Scripts that workers run in tests: plain JavaScript over the built modules, since a worker loads no TypeScript. */
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { SharedRegion } from '../../src/memory/shared-region.js';
import type { Assignment } from '../../src/models/worker.js';

/** AMPED_DIST names the build to test, the repository's dist/ otherwise. */
export const DIST = pathToFileURL(
  `${resolve(process.env.AMPED_DIST ?? fileURLToPath(new URL('../../dist', import.meta.url)))}/`,
);

/** Stays until somebody ends it, or until the test cannot be running any more. */
export const STAY = 'setTimeout(() => process.exit(9), 15_000);';

/** Writes a script into a folder; `imports`: what it needs, by the module of the build that has it. */
export function script(folder: string, name: string, imports: Record<string, string>, text: string): URL {
  const lines = Object.entries(imports).map(
    ([module, names]) => `import { ${names} } from '${new URL(module, DIST)}';`,
  );
  const path = join(folder, `${name}.mjs`);
  writeFileSync(path, `${lines.join('\n')}\n${text}\n`);
  return pathToFileURL(path);
}

/** What a worker is told; the listener is any descriptor. */
export function assignmentOf<Options>(
  kind: Assignment<Options>['kind'],
  options: Options,
  region: SharedRegion,
  listener: number,
  keeper = process.pid,
): Assignment<Options> {
  const { descriptor, size, base } = region;
  return { kind, options, place: 3, slot: 5, listeners: [listener], region: { descriptor, size, base }, keeper };
}

/** Settles when the condition holds; fails when it does not within ten seconds, or as many as are given. */
export async function eventually(condition: () => boolean | Promise<boolean>, seconds = 10): Promise<void> {
  const end = performance.now() + seconds * 1000;
  while (!(await condition())) {
    if (performance.now() > end) throw new Error('What was waited for has not come.');
    await new Promise((done) => setTimeout(done, 5));
  }
}
