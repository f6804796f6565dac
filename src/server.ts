/**
 * The public interface of the package: options in, a running server out. What a server is put together from is in
 * assembly/.
 */
import type { FetchHandler } from './app/app-site.js';
import { installGlobals } from './app/globals.js';
import { type Server, startServer } from './assembly/serving.js';
import { OptionError } from './config/option-error.js';
import { completeOptions, type ServerOptions } from './config/options.js';

export type { FetchHandler } from './app/app-site.js';
export type { HandlerContext } from './app/context.js';
export { DiskUnavailableError } from './assembly/disk.js';
export type { Server } from './assembly/serving.js';
export { OptionError } from './config/option-error.js';
export type { ServerOptions } from './config/options.js';
export { DispatcherUnavailableError } from './dispatcher/choose.js';
export type { DispatcherName } from './dispatcher/dispatcher.js';
export { UnsupportedPlatformError } from './linux/library.js';
export type { ServerMetrics } from './metrics/server-metrics.js';

/** What a server may be given that is no plain value, and so cannot cross to workers. */
export interface InThisProcess {
  /** Answers requests, in one event loop in this process. For other models name a module: `app: 'app.js'`. */
  readonly fetch?: FetchHandler;
  /** Makes Amped's Request, Response and Headers, which cost less, globals of this process; modules find them so anyway. */
  readonly globals?: boolean;
}

/**
 * Serves a directory, a handler (`fetch`) or an application in a module (`app`). Throws OptionError for a bad option, DispatcherUnavailableError or DiskUnavailableError for what was
 * asked for and is not to be had, UnsupportedPlatformError elsewhere than on Linux, and an Error whose message is a sentence
 * for the user when the address is taken.
 */
export async function serve(given: Partial<ServerOptions> & InThisProcess = {}): Promise<Server> {
  const { fetch, globals, ...some } = given;
  if (fetch !== undefined && typeof fetch !== 'function') throw new OptionError('fetch must be a function.');
  const options = completeOptions(some, undefined, fetch !== undefined);
  if (fetch === undefined) return startServer(options);
  if (options.model !== 'event' || options.loops > 1) {
    throw new OptionError(
      "fetch goes with one event loop only, since a function cannot cross to workers; name a module instead: app: 'app.js'.",
    );
  }
  if (globals === true) installGlobals();
  return startServer(options, { fetch });
}
