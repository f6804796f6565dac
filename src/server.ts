/**
 * The public interface of the package: options in, a running server out. What a server is put together from is in
 * assembly/.
 */
import { startServer, type Server as WholeServer } from './assembly/serving.js';
import { completeOptions, type ServerOptions } from './config/options.js';

export { DiskUnavailableError } from './assembly/disk.js';
export { OptionError } from './config/option-error.js';
export type { ServerOptions } from './config/options.js';
export { DispatcherUnavailableError } from './dispatcher/choose.js';
export type { DispatcherName } from './dispatcher/dispatcher.js';
export { UnsupportedPlatformError } from './linux/library.js';
export type { ServerMetrics } from './metrics/server-metrics.js';

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
 * Serves a directory. Throws OptionError for a bad option, DispatcherUnavailableError or DiskUnavailableError for what was
 * asked for and is not to be had, UnsupportedPlatformError elsewhere than on Linux, and an Error whose message is a sentence
 * for the user when the address is taken.
 */
export async function serve(some: Partial<ServerOptions> = {}): Promise<Server> {
  const server = await startServer(completeOptions(some));
  let given = some;
  const { reload } = server;
  return Object.assign(server, {
    async reload(changes?: Partial<ServerOptions>): Promise<void> {
      if (changes === undefined) return reload();
      const wanted = { ...given, ...changes };
      await reload(completeOptions(wanted));
      given = wanted;
    },
  });
}
