/**
 * The public interface of the package: options in, a running server out. What a server is put together from is in
 * assembly/.
 */
import { type Server, startServer } from './assembly/serving.js';
import { completeOptions, type ServerOptions } from './config/options.js';

export { DiskUnavailableError } from './assembly/disk.js';
export type { Server } from './assembly/serving.js';
export { OptionError } from './config/option-error.js';
export type { ServerOptions } from './config/options.js';
export { DispatcherUnavailableError } from './dispatcher/choose.js';
export type { DispatcherName } from './dispatcher/dispatcher.js';
export { UnsupportedPlatformError } from './linux/library.js';
export type { ServerMetrics } from './metrics/server-metrics.js';

/**
 * Serves a directory. Throws OptionError for a bad option, DispatcherUnavailableError or DiskUnavailableError for what was
 * asked for and is not to be had, UnsupportedPlatformError elsewhere than on Linux, and an Error whose message is a sentence
 * for the user when the address is taken.
 */
export async function serve(some: Partial<ServerOptions> = {}): Promise<Server> {
  return startServer(completeOptions(some));
}
