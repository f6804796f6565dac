/** Reads the source tree for the checks of this folder. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

export interface SourceFile {
  /** Relative to src/, such as 'http/parse-head.ts'. */
  readonly path: string;
  readonly text: string;
  readonly imports: readonly Import[];
}

export interface Import {
  readonly line: number;
  /** `import type`: gone when the program runs. */
  readonly typesOnly: boolean;
  /** As written. */
  readonly specifier: string;
  /** What it means: a path relative to src/ ('http/parse-head.ts'), or the specifier itself for packages. */
  readonly target: string;
}

/** All TypeScript files under a folder of the project, by their path relative to that folder. */
export function typeScriptFiles(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts'))
    .sort();
}

export function sourceFiles(): SourceFile[] {
  return typeScriptFiles('src').map((path) => {
    const text = readFileSync(join(ROOT, 'src', path), 'utf8');
    return { path, text, imports: importsOf(path, text) };
  });
}

const STATIC =
  /\b(?:import|export)\s+(?<types>type\s+)?[\w\s{},*$]*?\bfrom\s*(?<quote>['"])(?<specifier>[^'"\n]+)\k<quote>/;
const BARE_OR_DYNAMIC = /\bimport\s*\(?\s*(?<quote>['"])(?<specifier>[^'"\n]+)\k<quote>/;
/** Also `createRequire(...)('koffi')`. */
const REQUIRED = /(?:\brequire\s*|\))\(\s*(?<quote>['"])(?<specifier>[^'"\n]+)\k<quote>\s*\)/;

/** Everything that a file imports or exports from elsewhere, in any of the ways there are, in order. */
export function importsOf(path: string, text: string): Import[] {
  // Comments may quote code; blanking them keeps the line numbers.
  const code = text.replace(/\/\*[\s\S]*?\*\/|(?<=^|\s)\/\/.*$/gm, (comment) => comment.replace(/[^\n]/g, ' '));
  const matches = [STATIC, BARE_OR_DYNAMIC, REQUIRED].flatMap((pattern) => [
    ...code.matchAll(new RegExp(pattern, 'g')),
  ]);
  return matches.map(({ index, groups = {} }) => {
    const specifier = groups.specifier as string;
    return {
      line: code.slice(0, index).split('\n').length,
      specifier,
      typesOnly: groups.types !== undefined,
      target: specifier.startsWith('.')
        ? relative('/', join('/', dirname(path), specifier)).replace(/\.js$/, '.ts')
        : specifier,
    };
  });
}
