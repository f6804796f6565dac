/**
 * Compiles src/ to dist/, from nothing, so that no output outlives its source. About a second.
 *
 * The command and what every worker runs are put into few files (`dist/chunks`): loading a hundred modules one by one takes
 * the command a tenth of a second more, and a worker 2 MiB. Beside them each module stays a file of its own, for programs that
 * import the package. The dashboard and the page of a comparison are put into files that a browser loads; `npm run typecheck`
 * checks their types.
 */
import { chmodSync, copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { runQuietly } from './run-quietly.js';

const root = fileURLToPath(new URL('..', import.meta.url));

export async function build() {
  rmSync(`${root}/dist`, { recursive: true, force: true });
  runQuietly([process.execPath, `${root}/node_modules/typescript/bin/tsc`, '-p', 'tsconfig.json'], root);
  const bundles = [bundle('cli/main'), bundle('assembly/worker'), bundleDashboard(), bundleReport()];
  await Promise.all(bundles);
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

/**
 * Puts what the page of a comparison runs into one script, plots and all: the page is to open anywhere, without a network. The
 * licences of what is in it stand at its end.
 */
async function bundleReport() {
  const esbuild = await import('esbuild');
  const { metafile, outputFiles } = await esbuild.build({
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
    metafile: true,
    write: false,
  });
  const [script] = outputFiles;
  mkdirSync(`${root}/dist/compare/report/browser`, { recursive: true });
  writeFileSync(script.path, `${script.text}${licencesOf(metafile)}`);
}

/** A comment with the licence of each package that is in a bundle. */
function licencesOf({ inputs }) {
  const packages = Object.keys(inputs).flatMap((path) => /^node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? []);
  const texts = new Map();
  for (const name of [...new Set(packages)].sort()) {
    const folder = `${root}/node_modules/${name}`;
    const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
    const text = file === undefined ? 'no licence file' : readFileSync(`${folder}/${file}`, 'utf8').trim();
    texts.set(text, [...(texts.get(text) ?? []), name]);
  }
  const written = [...texts].map(([text, names]) => `${names.join(', ')}:\n\n${text.replaceAll('*/', '* /')}\n`);
  return `/*!\nThis script has in it:\n\n${written.join('\n')}*/\n`;
}

/** The page of the admin listener, with all that it needs: whoever opens it loads nothing from elsewhere. */
async function bundleDashboard() {
  const esbuild = await import('esbuild');
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
