#!/usr/bin/env node
/**
 * The amped command: arguments in, a serving process out.
 *
 * Errors are one sentence on standard error and exit code 1. The first SIGTERM or SIGINT drains and exits with 0,
 * a second one stops at once and exits with 128 plus its number, as shells report it. SIGHUP replaces every worker, SIGUSR1
 * opens the files of the logs anew.
 * What the kernel's interface needs (koffi) is loaded only after the platform has been checked.
 */
import { readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { readCommandLine } from '../config/command-line.js';
import { helpText } from '../config/help.js';
import type { ServerOptions } from '../config/options.js';
import { ErrorLog } from '../log/error-log.js';
import { STANDARD } from '../log/log-sink.js';
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
  let reopen = (): void => {};
  // From the start: without a listener Node would start its debugger.
  process.on('SIGUSR1', () => reopen());
  const { startServer } = await import('../assembly/serving.js');
  const { exitNow } = await import('../linux/process.js');
  const errorLog = new ErrorLog(options);
  const { say } = errorLog;
  const server = await startServer(options, errorLog);
  reopen = () => server.reopenLogs();
  if (options.errorLogFile !== STANDARD)
    process.on('uncaughtExceptionMonitor', (error) => say('error', traceOf(error)));
  process.on('SIGHUP', () => {
    server.reload().then(
      () => say('info', reloaded(server)),
      (error) => say('error', `Not every worker could be replaced: ${explain(error)}`),
    );
  });
  let firstSignal = 0;
  for (const signal of STOP_SIGNALS) {
    process.on(signal, () => {
      if (firstSignal === 0) {
        firstSignal = Date.now();
        say('info', 'Stopping: requests under way finish first; a second signal stops at once.');
        server.drain().then(
          () => {
            for (const line of served(server.metrics()).split('\n')) say('info', line);
            // process.exit() would wait for a write of the access log that may never end.
            exitNow(0);
          },
          (error) => {
            say('error', explain(error));
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

function traceOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

function version(): string {
  const description = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(description) as { version: string }).version;
}
