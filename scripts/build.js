/**
 * Compiles src/ to dist/, from nothing, so that no output outlives its source. About a second.
 *
 * The command and what every worker runs are put into few files (`dist/chunks`): loading a hundred modules one by one takes
 * the command a tenth of a second more, and a worker 2 MiB. Beside them each module stays a file of its own, for programs that
 * import the package.
 */
import { chmodSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { runQuietly } from './run-quietly.js';

const root = fileURLToPath(new URL('..', import.meta.url));

export async function build() {
  rmSync(`${root}/dist`, { recursive: true, force: true });
  runQuietly([process.execPath, `${root}/node_modules/typescript/bin/tsc`, '-p', 'tsconfig.json'], root);
  await Promise.all([bundle('cli/main'), bundle('assembly/worker')]);
  chmodSync(`${root}/dist/cli/main.js`, 0o755);
}

/** Puts what an entry needs at its start into one file, and what it may need later into chunks. */
async function bundle(entry) {
  // Not at the top: this file is loaded before the packages are installed.
  const esbuild = await import('esbuild');
  await esbuild.build({
    absWorkingDir: root,
    entryPoints: [`dist/${entry}.js`],
    outbase: 'dist',
    outdir: 'dist',
    chunkNames: 'chunks/[name]-[hash]',
    allowOverwrite: true,
    bundle: true,
    // A process keeps the text of its code: without comments a worker has 0.2 to 0.7 MiB less.
    minifyWhitespace: true,
    lineLimit: 120,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    // koffi is no JavaScript alone; the others are needed only where there is a configuration file, or load is made.
    external: ['koffi', 'jsonc-parser', 'hdr-histogram-js'],
    logLevel: 'warning',
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await build();
