/**
 * The layers of src/ and what each may import: the order of the design, lowest first.
 * A file may import from its own layer and from those before it, save for what FORBIDDEN names.
 */
import type { SourceFile } from './source.js';

export const LAYERS = [
  'linux',
  'memory',
  'metrics',
  'log',
  'dispatcher',
  'disk',
  'http',
  'transport',
  'site',
  'app',
  'connection',
  'models',
  'config',
  'admin',
  'assembly',
  'server.ts',
  'compare',
  'cli',
] as const;

/** Why a layer may not import another that stands before it; '*' stands for all of them. */
const FORBIDDEN: readonly { from: string; to: string; because: string }[] = [
  { from: 'http', to: '*', because: 'http/ is the protocol without I/O and imports nothing of ours' },
  { from: 'site', to: 'linux', because: 'site/ reaches files only through disk/' },
  { from: 'config', to: 'linux', because: 'options must be readable where the kernel interface cannot load' },
];

/** The layer of a path relative to src/: its folder, or its name when it lies in src/ itself. */
export function layerOf(path: string): string {
  return path.split('/')[0] as string;
}

/** One sentence for each import that goes the wrong way. */
export function violations(files: readonly SourceFile[]): string[] {
  return files.flatMap((file) =>
    file.imports.flatMap((imported) => {
      const reason = imported.specifier.startsWith('.')
        ? whyNotOurs(layerOf(file.path), layerOf(imported.target))
        : whyNotPackage(layerOf(file.path), imported.specifier);
      return reason === undefined
        ? []
        : [`src/${file.path}:${imported.line} imports '${imported.specifier}', but ${reason}.`];
    }),
  );
}

function whyNotOurs(from: string, to: string): string | undefined {
  const fromIndex = LAYERS.indexOf(from as (typeof LAYERS)[number]);
  const toIndex = LAYERS.indexOf(to as (typeof LAYERS)[number]);
  if (fromIndex === -1) return `${from} is no layer (the layers are ${LAYERS.join(', ')})`;
  if (toIndex === -1) return `${to} is no layer (the layers are ${LAYERS.join(', ')})`;
  if (from === to) return undefined;
  if (toIndex > fromIndex) return `${to} comes after ${from} in the order of layers (${LAYERS.join(', ')})`;
  return FORBIDDEN.find((rule) => rule.from === from && (rule.to === '*' || rule.to === to))?.because;
}

function whyNotPackage(from: string, specifier: string): string | undefined {
  if (/^koffi(\/|$)/.test(specifier) && from !== 'linux') return 'only linux/ may import koffi';
  if (from === 'http' && !['node:buffer', 'node:assert'].includes(specifier)) {
    return 'http/ does no I/O and needs no package';
  }
  return undefined;
}
