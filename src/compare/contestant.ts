/** Whoever takes part in a comparison: how it is started for a workload, and what it is in words. */
import { fileURLToPath } from 'node:url';
import { type Configuration, connectionsOf, describe, optionsOf, whyNot, workersFor } from './configuration.js';
import { freePort, type Launch } from './measurement/server-process.js';
import type { Workload } from './workloads/fields.js';
import { answersByHandler, servesGiven } from './workloads/read-workload.js';

/** What a server is asked to serve. */
export interface Service {
  /** The root of the site; absolute. */
  readonly directory: string;
  /** The module of an application that answers instead of files. */
  readonly app?: string;
  /** An empty folder of this server's own. */
  readonly scratch: string;
  readonly workload: Workload;
  /** How many different files are asked for. */
  readonly files: number;
  /** A path that is there. */
  readonly path: string;
  /** How many it has to itself. */
  readonly processors: number;
}

export interface Contestant {
  readonly name: string;
  readonly kind: 'amped' | 'other';
  describe(workload: Workload): string;
  /** What starts it, as one would type it; with a placeholder for what was made for the comparison, and is gone. */
  typed(workload: Workload, directory: string): string;
  workers(workload: Workload): number;
  /** How many connections find no worker, where each has one at a time. */
  waiting(workload: Workload): number;
  /** The reason why it cannot take part; undefined when it can. */
  whyNot(workload: Workload): string | undefined;
  launch(service: Service): Promise<Launch>;
}

const MAIN = fileURLToPath(new URL('../cli/main.js', import.meta.url));

/** Amped in one of its architectures; `more`: with further options, by which it goes under another name. */
export function amped(
  configuration: Configuration,
  more: { readonly name: string; readonly options: readonly string[] } = { name: configuration.name, options: [] },
): Contestant {
  const options = (workload: Workload): string[] => [
    ...optionsOf(configuration, workload),
    ...(workload.diskMilliseconds > 0 ? ['--inject', `disk-latency=${workload.diskMilliseconds}ms`] : []),
    ...(workload.cacheBytes > 0 ? ['--cache-bytes', String(workload.cacheBytes)] : []),
    ...more.options,
  ];
  return {
    name: more.name,
    kind: 'amped',
    describe: (workload) => [describe(configuration, workload), ...more.options].join(' '),
    typed: (workload, directory) => ['amped', servedWord(workload, directory), ...options(workload)].join(' '),
    workers: (workload) => workersFor(configuration, workload),
    waiting: (workload) =>
      configuration.model === 'event' ? 0 : Math.max(0, connectionsOf(workload) - workersFor(configuration, workload)),
    whyNot: (workload) => whyNot(configuration, workload),
    async launch({ directory, app, scratch, workload, path }) {
      const port = await freePort();
      const adminPort = await freePort();
      const listen = ['--host', '127.0.0.1', '--port', String(port), '--admin', String(adminPort)];
      return {
        command: [process.execPath, MAIN, app ?? directory, ...listen, ...options(workload)],
        url: `http://127.0.0.1:${port}`,
        adminUrl: `http://127.0.0.1:${adminPort}/`,
        path,
        workers: workersFor(configuration, workload),
        directory: scratch,
      };
    },
  };
}

/** What a server is given to serve, as one would type it. */
export function servedWord(workload: Workload, directory: string): string {
  if (answersByHandler(workload)) return 'app.js';
  return servesGiven(workload) ? shellWord(directory) : 'DIRECTORY';
}

/** A word as a shell takes it. */
export function shellWord(word: string): string {
  return /^[\w./:=@%+,-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
