/** Runs a command without showing what it prints, unless it fails: then shows that and ends this process with 1. */
import { spawnSync } from 'node:child_process';

export function runQuietly([command, ...parameters], directory) {
  const { status, error, stdout, stderr } = spawnSync(command, parameters, { cwd: directory, encoding: 'utf8' });
  if (status === 0) return;
  process.stderr.write(`${stdout ?? ''}${stderr ?? ''}`);
  console.error(`${[command, ...parameters].join(' ')} failed${error ? `: ${error.message}` : ''}.`);
  process.exit(1);
}
