/**
 * Makes a fresh clone ready to start or test: installs the packages when they are missing or older than
 * package-lock.json, then builds. Plain JavaScript and Node's own modules only, since nothing is installed yet.
 *
 * Says one line for each step that it really does, and everything that a failing step said.
 */
import { statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from './build.js';
import { runQuietly } from './run-quietly.js';

const root = fileURLToPath(new URL('..', import.meta.url));

/** When a file was last changed, or 0 when there is none. */
function changed(path) {
  return statSync(new URL(path, new URL('..', import.meta.url)), { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

// npm writes this file last, so an interrupted installation is seen as missing.
if (changed('node_modules/.package-lock.json') < changed('package-lock.json')) {
  console.log('Installing packages (npm ci) ...');
  const npm = process.env.npm_execpath ? [process.execPath, process.env.npm_execpath] : ['npm'];
  // No package here needs its install script: koffi brings prebuilt binaries.
  runQuietly([...npm, 'ci', '--include=dev', '--ignore-scripts', '--no-audit', '--no-fund'], root);
}
await build();
