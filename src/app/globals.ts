/**
 * Gives our Request, Response, Headers and ReadableStream their usual names, so that what a program makes by these names is what the server
 * sends without detours. Node's fetch takes our requests and our headers from then on, too.
 */
import { Headers } from './headers.js';
import { ownFetch } from './own-fetch.js';
import { ReadableStreamOfPrograms } from './readable-stream.js';
import { Request } from './request.js';
import { Response } from './response.js';

/** Once a thread, before the program is loaded. */
export function installGlobals(): void {
  // As the standard's own: not enumerable.
  const names = { Request, Response, Headers, ReadableStream: ReadableStreamOfPrograms, fetch: ownFetch };
  for (const [name, value] of Object.entries(names)) {
    Object.defineProperty(globalThis, name, { value, writable: true, configurable: true, enumerable: false });
  }
}
