/** The application of a server, put together with what it needs: in a loop, or in a worker that blocks. */
import type { AppSite } from '../app/app-site.js';
import type { FetchHandler } from '../app/fetch-handler.js';
import type { ServerOptions } from '../config/options.js';
import { NONE } from '../config/table/application.js';
import type { Say } from '../log/error-log.js';
import type { Arena } from '../memory/arena.js';
import { Heap } from '../memory/heap.js';
import { freeYoungGeneration, holdYoungGeneration } from '../memory/young-generation.js';
import type { LoopBeat } from '../metrics/loop-beat.js';
import type { Site } from '../site/site.js';

/** For the answers of a loop's applications: thousands of them, each a piece at a time. Pages that nobody uses cost nothing. */
export const LOOP_APPLICATION_BYTES = 128 * 1024 * 1024;
/** For those of a worker that blocks: one connection at a time. */
export const WORKER_APPLICATION_BYTES = 2 * 1024 * 1024;

/** What a server in this process may be given beside its options: what cannot cross to workers. */
export interface OwnHandler {
  /** Answers requests, in place of a module. */
  readonly fetch?: FetchHandler;
  /** It is given Node's own requests. */
  readonly native?: boolean;
}

/** Whether an application answers, and not files alone. */
export function servesApplication(options: ServerOptions, own: OwnHandler = {}): boolean {
  return options.app !== NONE || own.fetch !== undefined;
}

/** The directory whose files are served, or undefined for none. */
export function rootOf(options: ServerOptions, own: OwnHandler = {}): string | undefined {
  if (!servesApplication(options, own)) return options.root;
  return options.static === NONE ? undefined : options.static;
}

/**
 * The application in front of the files, if any.
 * @param bytes of the arena, for its answers; `beat`: of the loop that it is in, where that is watched. Throws an Error with a sentence for the user when it cannot be loaded.
 */
export async function applicationOf(
  options: ServerOptions,
  own: OwnHandler,
  arena: Arena,
  bytes: number,
  files: Site | undefined,
  say: Say,
  beat?: LoopBeat,
): Promise<AppSite> {
  // A server of files alone need not carry it.
  const [{ AppSite }, { loadApp }, { hearRejections }] = await Promise.all([
    import('../app/app-site.js'),
    import('../app/load-app.js'),
    import('../app/unheard-rejections.js'),
  ]);
  const handler = own.fetch ?? (await loadApp(options.app));
  return new AppSite({
    handler,
    native: own.native,
    arena,
    heap: new Heap(arena, bytes),
    files,
    timeout: options.handlerTimeoutMilliseconds,
    say,
    // The process of somebody who only uses the library is theirs.
    closed: own.fetch === undefined ? hearRejections((line) => say('debug', line, 'unheard')) : undefined,
    muchLives: own.fetch === undefined ? (much) => (much ? holdYoungGeneration() : freeYoungGeneration()) : undefined,
    stalls: beat && { beat, warnMilliseconds: options.stallWarningMilliseconds, say },
  });
}
