/** Compiles src/ to dist/, from nothing, so that no output outlives its source. About a second. */
import { chmodSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { runQuietly } from './run-quietly.js';

const root = fileURLToPath(new URL('..', import.meta.url));

export function build() {
  rmSync(`${root}/dist`, { recursive: true, force: true });
  runQuietly([process.execPath, `${root}/node_modules/typescript/bin/tsc`, '-p', 'tsconfig.json'], root);
  chmodSync(`${root}/dist/cli/main.js`, 0o755);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) build();
