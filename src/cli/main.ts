#!/usr/bin/env node
/**
 * The amped command: arguments in, a serving process out.
 *
 * Errors are one sentence on standard error and exit code 1. The first SIGTERM or SIGINT drains and exits with 0,
 * a second one stops at once and exits with 128 plus its number, as shells report it. SIGHUP replaces every worker.
 * What the kernel's interface needs (koffi) is loaded only after the platform has been checked.
 */
import { readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { readCommandLine } from '../config/command-line.js';
import { helpText } from '../config/help.js';
import type { ServerOptions } from '../config/options.js';
import { explain } from './explain.js';
import { unsupported } from './platform.js';
import { reloaded, served, startBlock, wantsColours } from './start-block.js';

/** The one word that is no directory to serve: write ./hash-password for that. */
const HASH_PASSWORD = 'hash-password';

const STOP_SIGNALS = ['SIGTERM', 'SIGINT'] as const;

/**
 * A second signal counts only after so many milliseconds: `npm start` passes on the SIGINT that the terminal has
 * already sent to the whole process group, so one Ctrl+C arrives twice.
 */
const SAME_SIGNAL_MILLISECONDS = 100;

try {
  if (process.argv[2] === HASH_PASSWORD) {
    const { hashPasswordCommand } = await import('./hash-password.js');
    process.stdout.write(`${await hashPasswordCommand(process.argv.slice(3), process.stdin)}\n`);
    process.exit(0);
  }
  const asked = readCommandLine(process.argv.slice(2), process.env);
  if (asked.command === 'help') process.stdout.write(helpText());
  else if (asked.command === 'version') process.stdout.write(`${version()}\n`);
  else await run(asked.options);
} catch (error) {
  process.stderr.write(`${explain(error)}\n`);
  // Not process.exitCode: a half-started server may still hold the process.
  process.exit(1);
}

async function run(options: ServerOptions): Promise<void> {
  const reason = unsupported(process);
  if (reason !== undefined) throw new Error(reason);
  const { startServer } = await import('../assembly/serving.js');
  const { exitNow } = await import('../linux/process.js');
  const server = await startServer(options);
  process.on('SIGHUP', () => {
    server.reload().then(
      () => process.stderr.write(`${reloaded(server)}\n`),
      (error) => process.stderr.write(`Not every worker could be replaced: ${explain(error)}\n`),
    );
  });
  let firstSignal = 0;
  for (const signal of STOP_SIGNALS) {
    process.on(signal, () => {
      if (firstSignal === 0) {
        firstSignal = Date.now();
        process.stderr.write('Stopping: requests under way finish first; a second signal stops at once.\n');
        server.drain().then(
          () => {
            process.stderr.write(`${served(server.metrics())}\n`);
            process.exit(0);
          },
          (error) => {
            process.stderr.write(`${explain(error)}\n`);
            process.exit(1);
          },
        );
      } else if (Date.now() - firstSignal >= SAME_SIGNAL_MILLISECONDS) {
        // process.exit() would wait for threads that are in system calls.
        exitNow(128 + constants.signals[signal]);
      }
    });
  }
  // Whoever reads the block may send a signal at once.
  process.stdout.write(startBlock(server, options, wantsColours(process.stdout, process.env)));
}

function version(): string {
  const description = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(description) as { version: string }).version;
}
