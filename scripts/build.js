/**
 * Compiles src/ to dist/, from nothing, so that no output outlives its source. About a second.
 *
 * What every worker runs is put into one file: loading some sixty modules takes a worker 2 MiB and a tenth of a second. The
 * dashboard is put into files that a browser loads; its types are checked by `npm run typecheck`.
 */
import { chmodSync, copyFileSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { runQuietly } from './run-quietly.js';

const root = fileURLToPath(new URL('..', import.meta.url));

export async function build() {
  rmSync(`${root}/dist`, { recursive: true, force: true });
  runQuietly([process.execPath, `${root}/node_modules/typescript/bin/tsc`, '-p', 'tsconfig.json'], root);
  // Not at the top: this file is loaded before the packages are installed.
  const esbuild = await import('esbuild');
  await bundleWorker(esbuild);
  await bundleDashboard(esbuild);
  chmodSync(`${root}/dist/cli/main.js`, 0o755);
}

async function bundleWorker(esbuild) {
  await esbuild.build({
    absWorkingDir: root,
    entryPoints: ['dist/assembly/worker.js'],
    outdir: 'dist/assembly',
    allowOverwrite: true,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    external: ['koffi'],
    logLevel: 'warning',
  });
}

/** The page of the admin listener, with all that it needs: whoever opens it loads nothing from elsewhere. */
async function bundleDashboard(esbuild) {
  const source = `${root}/src/admin/dashboard`;
  const target = `${root}/dist/admin/dashboard`;
  await esbuild.build({
    absWorkingDir: root,
    entryPoints: [`${source}/main.ts`, `${source}/main.css`],
    outdir: target,
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    banner: { js: '/*! With uPlot, by Leon Sorokin; its licence is in uPlot-LICENSE. */' },
    logLevel: 'warning',
  });
  copyFileSync(`${source}/index.html`, `${target}/index.html`);
  copyFileSync(`${root}/node_modules/uplot/LICENSE`, `${target}/uPlot-LICENSE`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await build();
