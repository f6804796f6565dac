/**
 * Gives our Request, Response, Headers and ReadableStream their usual names, so that what a program makes by these names is what the server
 * sends without detours. Node's fetch takes our requests and our headers from then on, too.
 */
import { Headers } from './headers.js';
import { ownFetch } from './own-fetch.js';
import { ReadableStreamOfPrograms } from './readable-stream.js';
import { Request } from './request.js';
import { Response } from './response.js';

const OURS = Object.entries({ Request, Response, Headers, ReadableStream: ReadableStreamOfPrograms, fetch: ownFetch });

/** What had the names before, while somebody needs ours. */
const before = new Map<string, PropertyDescriptor>();
let users = 0;

/**
 * Before the program is loaded, or its handler is called. Gives what gives the names back, once nobody needs ours any more; a name that
 * somebody else has taken meanwhile stays theirs.
 */
export function installGlobals(): () => void {
  if (users === 0) {
    for (const [name, value] of OURS) {
      before.set(name, Object.getOwnPropertyDescriptor(globalThis, name) as PropertyDescriptor);
      // As the standard's own: not enumerable.
      Object.defineProperty(globalThis, name, { value, writable: true, configurable: true, enumerable: false });
    }
  }
  users++;
  let needed = true;
  return () => {
    if (!needed) return;
    needed = false;
    users--;
    if (users === 0) giveBack();
  };
}

function giveBack(): void {
  for (const [name, value] of OURS) {
    if ((globalThis as Record<string, unknown>)[name] !== value) continue;
    Object.defineProperty(globalThis, name, before.get(name) as PropertyDescriptor);
  }
}
