#!/usr/bin/env node
/**
 * The amped command: arguments in, a serving process out.
 *
 * Errors are one sentence on standard error and exit code 1. The first SIGTERM or SIGINT drains and exits with 0,
 * a second one stops at once and exits with 128 plus its number, as shells report it. SIGHUP replaces every worker.
 * Whoever supervises the process hears of each of these (supervisor.ts), and may have opened the sockets to listen on.
 * What the kernel's interface needs (koffi) is loaded only after the platform has been checked.
 */
import { constants } from 'node:os';
import { version } from '../assembly/version.js';
import { readCommandLine } from '../config/command-line.js';
import { helpText } from '../config/help.js';
import type { ServerOptions } from '../config/options.js';
import { explain } from './explain.js';
import { unsupported } from './platform.js';
import { reloaded, served, startBlock, wantsColours } from './start-block.js';

const STOP_SIGNALS = ['SIGTERM', 'SIGINT'] as const;

/**
 * A second signal counts only after so many milliseconds: `npm start` passes on the SIGINT that the terminal has
 * already sent to the whole process group, so one Ctrl+C arrives twice.
 */
const SAME_SIGNAL_MILLISECONDS = 100;

try {
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
  const { takeActivation } = await import('../assembly/activation.js');
  const { exitNow } = await import('../linux/process.js');
  const { Supervisor } = await import('./supervisor.js');
  const activated = takeActivation(process.env, process.pid);
  const supervisor = new Supervisor(process.env, process.pid);
  const server = await startServer(options, { activated });
  let firstSignal = 0;
  const ready = (): void => {
    if (firstSignal === 0) supervisor.ready(`Serving ${server.root} at ${server.urls.join(' ')}`);
  };
  process.on('SIGHUP', () => {
    if (firstSignal === 0) supervisor.reloading();
    server
      .reload()
      .then(
        () => process.stderr.write(`${reloaded(server)}\n`),
        (error) => process.stderr.write(`Not every worker could be replaced: ${explain(error)}\n`),
      )
      .finally(ready);
  });
  for (const signal of STOP_SIGNALS) {
    process.on(signal, () => {
      if (firstSignal === 0) {
        firstSignal = Date.now();
        supervisor.stopping();
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
        server.abandon();
        // process.exit() would wait for threads that are in system calls.
        exitNow(128 + constants.signals[signal]);
      }
    });
  }
  ready();
  // Whoever reads the block may send a signal at once.
  process.stdout.write(startBlock(server, options, wantsColours(process.stdout, process.env)));
}
