/**
 * The public interface of the package: options in, a running server out. What a server is put together from is in
 * assembly/.
 */
import type { FetchHandler } from './app/fetch-handler.js';
import { installGlobals } from './app/globals.js';
import { startServer, type Server as WholeServer } from './assembly/serving.js';
import { OptionError } from './config/option-error.js';
import { completeOptions, type ServerOptions } from './config/options.js';

export type { HandlerContext } from './app/context.js';
export type { FetchHandler } from './app/fetch-handler.js';
export { DiskUnavailableError } from './assembly/disk.js';
export { OptionError } from './config/option-error.js';
export type { ServerOptions } from './config/options.js';
export { DispatcherUnavailableError } from './dispatcher/choose.js';
export type { DispatcherName } from './dispatcher/dispatcher.js';
export { UnsupportedPlatformError } from './linux/library.js';
export type { Bucket, Distribution } from './metrics/distribution.js';
export type {
  CacheCounts,
  Events,
  HelperCounts,
  Latency,
  LogCounts,
  ProcessUsage,
  ServerMetrics,
  TimeSpent,
  WorkerMetrics,
} from './metrics/server-metrics.js';

/** What a server may be given that is no plain value, and so cannot cross to workers. */
export interface InThisProcess {
  /** Answers requests, in one event loop in this process. For other models name a module: `app: 'app.js'`. */
  readonly fetch?: FetchHandler;
  /**
   * Whether Amped's Request, Response, Headers, ReadableStream and fetch are the globals of this process until the server has ended:
   * with `fetch` they are, unless this is false. Then it gets Node's own requests, which cost more. Modules find them so anyway.
   */
  readonly globals?: boolean;
}

/** A server that is running. */
export interface Server extends Omit<WholeServer, 'reload'> {
  /**
   * Replaces every worker, losing no request; where there is none but this process itself, cached files are looked at again.
   * With options these change, and hold from then on; the others stay as they are. Rejects with OptionError for a bad one, and
   * for one that cannot change while the server runs, and serves as before.
   */
  reload(changes?: Partial<ServerOptions>): Promise<void>;
}

/**
 * Serves a directory, a handler (`fetch`) or an application in a module (`app`). Throws OptionError for a bad option, DispatcherUnavailableError or DiskUnavailableError for what was
 * asked for and is not to be had, UnsupportedPlatformError elsewhere than on Linux, and an Error whose message is a sentence
 * for the user when the address is taken.
 */
export async function serve(given: Partial<ServerOptions> & InThisProcess = {}): Promise<Server> {
  const { fetch, globals, ...some } = given;
  const hasHandler = fetch !== undefined;
  if (hasHandler && typeof fetch !== 'function') throw new OptionError('fetch must be a function.');
  const options = completeOptions(some, undefined, hasHandler);
  if (hasHandler && (options.model !== 'event' || options.loops > 1)) {
    throw new OptionError(
      "fetch goes with one event loop only, since a function cannot cross to workers; name a module instead: app: 'app.js'.",
    );
  }
  if (globals !== undefined && typeof globals !== 'boolean') throw new OptionError('globals must be true or false.');
  const own = globals ?? hasHandler;
  const giveBack = own ? installGlobals() : () => {};
  const surroundings = hasHandler ? { fetch, native: !own } : {};
  const server = await startServer(options, surroundings).catch((error: unknown) => {
    giveBack();
    throw error;
  });
  let last: Partial<ServerOptions> = some;
  const { reload, drain, close } = server;
  return Object.assign(server, {
    drain: () => drain().finally(giveBack),
    close: () => close().finally(giveBack),
    async reload(changes?: Partial<ServerOptions>): Promise<void> {
      if (changes === undefined) return reload();
      const wanted = { ...last, ...changes };
      await reload(completeOptions(wanted, undefined, hasHandler));
      last = wanted;
    },
  });
}
