/** Finds the handler in an application's module: in any of the forms that Bun, Deno and Workers have. */
import { extname } from 'node:path';
import { pathToFileURL } from 'node:url';
import { types } from 'node:util';
import { inWords } from '../log/in-words.js';
import type { FetchHandler } from './fetch-handler.js';
import { installGlobals } from './globals.js';

const { isPromise } = types;
/** The first Node that runs TypeScript without being asked to. */
const TYPESCRIPT_SINCE = '22.18';
const TYPESCRIPT: readonly string[] = ['.ts', '.mts', '.cts'];

/**
 * Loads the module and gives its handler; our Request, Response, Headers and ReadableStream are globals from then on. Throws an Error
 * with a sentence for the user, and a stack where the module itself failed.
 */
export async function loadApp(path: string): Promise<FetchHandler> {
  if (TYPESCRIPT.includes(extname(path)) && !runsTypeScript()) {
    throw new Error(
      `${path} is TypeScript, which Node runs from ${TYPESCRIPT_SINCE} on; this is ${process.versions.node}. Compile it to JavaScript.`,
    );
  }
  installGlobals();
  let handler: FetchHandler | undefined;
  try {
    handler = await handlerOf((await import(pathToFileURL(path).href)) as Record<string, unknown>);
  } catch (error) {
    throw new Error(`The application ${path} cannot be loaded: ${inWords(error)}`);
  }
  if (handler !== undefined) return handler;
  throw new Error(
    `The application ${path} exports no handler; it needs export default { fetch(request) { … } }, or a function.`,
  );
}

function runsTypeScript(): boolean {
  return Boolean((process.features as unknown as Record<string, unknown>).typescript);
}

/** The handler of what is exported. A module that was compiled to CommonJS has its default within what is the default for Node. */
async function handlerOf(module: Record<string, unknown>): Promise<FetchHandler | undefined> {
  let exported = module.default;
  // Nothing else is waited for: what has a `then` may be a router, and that the name of a method.
  if (isPromise(exported)) exported = await exported;
  const handler = asHandler(exported);
  if (handler !== undefined) return handler;
  let inner = (exported as { default?: unknown } | null | undefined)?.default;
  if (isPromise(inner)) inner = await inner;
  return asHandler(inner) ?? asHandler(module);
}

function asHandler(exported: unknown): FetchHandler | undefined {
  if ((typeof exported !== 'object' && typeof exported !== 'function') || exported === null) return undefined;
  const { fetch } = exported as Record<string, unknown>;
  // Called on its object, since it may say `this`.
  if (typeof fetch === 'function') return fetch.bind(exported) as FetchHandler;
  return typeof exported === 'function' ? (exported as FetchHandler) : undefined;
}
