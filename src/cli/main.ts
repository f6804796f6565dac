#!/usr/bin/env node
/**
 * The amped command: arguments in, a serving process out.
 *
 * Errors are one sentence on standard error and exit code 1. The first SIGTERM or SIGINT drains and exits with 0,
 * a second one stops at once and exits with 128 plus its number, as shells report it. SIGHUP reads the configuration again
 * and replaces every worker, SIGUSR1 opens the files of the logs anew. Whoever supervises the process hears of the others
 * (supervisor.ts), and may have opened the sockets to listen on.
 * What the kernel's interface needs (koffi) is loaded only after the platform has been checked.
 */
import { constants } from 'node:os';
import type { Server } from '../assembly/serving.js';
import { version } from '../assembly/version.js';
import { type CommandLine, type Resolved, readCommandLine } from '../config/command-line.js';
import { helpText } from '../config/help.js';
import { ErrorLog, type Say } from '../log/error-log.js';
import { inWords } from '../log/in-words.js';
import { STANDARD } from '../log/log-sink.js';
import { freeYoungGeneration, holdYoungGeneration } from '../memory/young-generation.js';
import { explain } from './explain.js';
import { unsupported } from './platform.js';
import { reloaded, served, startBlock, wantsColours } from './start-block.js';
import { subcommandOf } from './subcommands.js';

const STOP_SIGNALS = ['SIGTERM', 'SIGINT'] as const;

/**
 * A second signal counts only after so many milliseconds: `npm start` passes on the SIGINT that the terminal has
 * already sent to the whole process group, so one Ctrl+C arrives twice.
 */
const SAME_SIGNAL_MILLISECONDS = 100;

const [, , ...parameters] = process.argv;

try {
  const subcommand = subcommandOf(parameters[0]);
  if (subcommand === undefined) await obey(readCommandLine(parameters, process.env));
  else process.exitCode = await (await subcommand()).run(parameters.slice(1));
} catch (error) {
  process.stderr.write(`${explain(error)}\n`);
  // Not process.exitCode: a half-started server may still hold the process.
  process.exit(1);
}

async function obey(asked: CommandLine): Promise<void> {
  if (asked.command === 'help') process.stdout.write(helpText());
  else if (asked.command === 'version') process.stdout.write(`${version()}\n`);
  else if (asked.command === 'print-config') process.stdout.write(asked.text);
  else await run(asked);
}

async function run({ options, configuration }: Resolved): Promise<void> {
  const reason = unsupported(process);
  if (reason !== undefined) throw new Error(reason);
  let reopen = (): void => {};
  let hangUp = (): void => {};
  // From the start: without a listener the first would start Node's debugger, and the second end the process.
  process.on('SIGUSR1', () => reopen());
  process.on('SIGHUP', () => hangUp());
  // What is loaded stays.
  holdYoungGeneration();
  const { startServer } = await import('../assembly/serving.js');
  const { takeActivation } = await import('../assembly/activation.js');
  const { exitNow } = await import('../linux/process.js');
  const { Supervisor } = await import('./supervisor.js');
  const activated = takeActivation(process.env, process.pid);
  const supervisor = new Supervisor(process.env, process.pid);
  const errorLog = new ErrorLog(options);
  const { say } = errorLog;
  tellNotes(configuration, say);
  const server = await startServer(options, { activated, errorLog });
  reopen = () => server.reopenLogs();
  if (options.errorLogFile !== STANDARD)
    process.on('uncaughtExceptionMonitor', (error) => say('error', inWords(error)));
  let firstSignal = 0;
  const ready = (): void => {
    if (firstSignal === 0) supervisor.ready(`Serving ${server.root} at ${server.urls.join(' ')}`);
  };
  hangUp = () => {
    if (firstSignal === 0) supervisor.reloading();
    void reload(server, say).then(ready);
  };
  for (const signal of STOP_SIGNALS) {
    process.on(signal, () => {
      if (firstSignal === 0) {
        firstSignal = Date.now();
        supervisor.stopping();
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
        server.abandon();
        // process.exit() would wait for threads that are in system calls.
        exitNow(128 + constants.signals[signal]);
      }
    });
  }
  ready();
  // Whoever reads the block may send a signal at once.
  const coloured = wantsColours(process.stdout, process.env);
  process.stdout.write(startBlock(server, { ...options, configuration: configuration?.file }, coloured));
  freeYoungGeneration();
}

/** Reads the configuration again; one that cannot be used changes nothing. */
async function reload(server: Server, say: Say): Promise<void> {
  try {
    const asked = readCommandLine(parameters, process.env) as CommandLine & { command: 'serve' };
    const { options, configuration, spelling } = asked;
    tellNotes(configuration, say);
    await server.reload(options, spelling);
    say('info', reloaded(server, configuration?.file));
  } catch (error) {
    say('error', refused(error));
  }
}

function refused(error: unknown): string {
  return `Nothing has been changed, the server goes on as before. ${explain(error)}`;
}

function tellNotes(configuration: Resolved['configuration'], say: Say): void {
  for (const note of configuration?.notes ?? []) say('warn', note);
}
