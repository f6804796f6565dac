/** Finds the handler in an application's module: in any of the forms that Bun, Deno and Workers have. */
import { extname } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { FetchHandler } from './fetch-handler.js';
import { installGlobals } from './globals.js';

/** The first Node that runs TypeScript without being asked to. */
const TYPESCRIPT_SINCE = '22.18';

/**
 * Loads the module and gives its handler; our Request, Response, Headers and ReadableStream are globals from then on. Throws an Error
 * with a sentence for the user, and a stack where the module itself failed.
 */
export async function loadApp(path: string): Promise<FetchHandler> {
  if (extname(path) === '.ts' && !runsTypeScript()) {
    throw new Error(
      `${path} is TypeScript, which Node runs from ${TYPESCRIPT_SINCE} on; this is ${process.versions.node}. Compile it to JavaScript.`,
    );
  }
  installGlobals();
  let module: Record<string, unknown>;
  try {
    module = (await import(pathToFileURL(path).href)) as Record<string, unknown>;
  } catch (error) {
    throw new Error(`The application ${path} cannot be loaded: ${error instanceof Error ? error.stack : error}`);
  }
  const handler = handlerOf(module);
  if (handler !== undefined) return handler;
  throw new Error(
    `The application ${path} exports no handler; it needs export default { fetch(request) { … } }, or a function.`,
  );
}

function runsTypeScript(): boolean {
  return Boolean((process.features as unknown as Record<string, unknown>).typescript);
}

function handlerOf(module: Record<string, unknown>): FetchHandler | undefined {
  const { default: exported } = module;
  if (typeof exported === 'function') return exported as FetchHandler;
  for (const holder of [exported, module]) {
    if (typeof holder !== 'object' || holder === null) continue;
    const { fetch } = holder as Record<string, unknown>;
    // Called on its object, since it may say `this`.
    if (typeof fetch === 'function') return fetch.bind(holder) as FetchHandler;
  }
  return undefined;
}
