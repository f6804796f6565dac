/**
 * Compiles src/ to dist/, from nothing, so that no output outlives its source. About a second.
 *
 * The command and what every worker runs are put into few files (`dist/chunks`): loading a hundred modules one by one takes
 * the command a tenth of a second more, and a worker 2 MiB. Beside them each module stays a file of its own, for programs that
 * import the package. The plots of a comparison's page are a script for browsers; `npm run typecheck` checks its types.
 */
import { chmodSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { runQuietly } from './run-quietly.js';

const root = fileURLToPath(new URL('..', import.meta.url));

export async function build() {
  rmSync(`${root}/dist`, { recursive: true, force: true });
  runQuietly([process.execPath, `${root}/node_modules/typescript/bin/tsc`, '-p', 'tsconfig.json'], root);
  await Promise.all([bundle('cli/main'), bundle('assembly/worker'), bundleReport()]);
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
    // koffi is no JavaScript alone; the other is needed only where there is a configuration file.
    external: ['koffi', 'jsonc-parser'],
    plugins: [{ name: 'apart', setup: leaveApart }],
    logLevel: 'warning',
  });
}

/** Subcommands that start programs lying beside their modules, and so have to stay where they are. */
function leaveApart({ onResolve }) {
  onResolve({ filter: /^\.\/(compare|load)\.js$/ }, ({ path, importer }) =>
    importer.endsWith('/dist/cli/subcommands.js') ? { path, external: true } : undefined,
  );
}

/** Puts what the page of a comparison runs into one script, plots and all: the page is to open anywhere, without a network. */
async function bundleReport() {
  const esbuild = await import('esbuild');
  await esbuild.build({
    absWorkingDir: root,
    entryPoints: ['src/compare/report/browser/main.ts'],
    outfile: 'dist/compare/report/browser/main.js',
    bundle: true,
    minify: true,
    format: 'iife',
    platform: 'browser',
    target: 'es2022',
    legalComments: 'none',
    logLevel: 'warning',
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await build();
