/**
 * Gives our Request, Response, Headers and ReadableStream their usual names, so that what a program makes by these names is what the server
 * sends without detours. Node's fetch takes our requests and our headers from then on, too.
 */
import { Headers } from './headers.js';
import { NativeRequest, nativeFetch } from './native.js';
import { ReadableStreamOfPrograms } from './readable-stream.js';
import { isOwnRequest, Request } from './request.js';
import { Response } from './response.js';

/** Once a thread, before the program is loaded. */
export function installGlobals(): void {
  // As the standard's own: not enumerable.
  const names = { Request, Response, Headers, ReadableStream: ReadableStreamOfPrograms, fetch: fetchOurs };
  for (const [name, value] of Object.entries(names)) {
    Object.defineProperty(globalThis, name, { value, writable: true, configurable: true, enumerable: false });
  }
}

function fetchOurs(input: unknown, init?: RequestInit): Promise<unknown> {
  if (!isOwnRequest(input)) return nativeFetch(input as string, init);
  const { url, method, headers, body, signal, redirect } = input;
  const own = { method, headers: [...headers] as [string, string][], body, signal, redirect, duplex: 'half', ...init };
  return nativeFetch(new NativeRequest(url, own as never));
}
