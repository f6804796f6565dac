/**
 * What a program gives to answer requests, in the words of the program: its own types of the Fetch standard, which are Node's or
 * those of browsers (lib `dom`). What a handler is called with does what they say; that it is of Amped's own classes is no concern of its types.
 */
import type { HandlerContext } from './context.js';

/** What answers requests. The second and the third argument are the same. */
export type FetchHandler = (
  request: globalThis.Request,
  context: HandlerContext,
  execution: HandlerContext,
) => globalThis.Response | Promise<globalThis.Response>;
