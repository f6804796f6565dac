/** Where the project's own files are, whether this runs from the sources or compiled. */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of package.json; absolute. */
export const PROJECT = enclosingFolder(dirname(fileURLToPath(import.meta.url)), 'package.json');

/** A file that is not compiled: a configuration template or a script for another program. */
export function benchFile(...path: string[]): string {
  return join(PROJECT, 'bench', 'peers', ...path);
}

function enclosingFolder(folder: string, holds: string): string {
  if (existsSync(join(folder, holds))) return folder;
  const above = dirname(folder);
  if (above === folder) throw new Error(`No folder above the bench holds ${holds}.`);
  return enclosingFolder(above, holds);
}
