/**
 * Node's own Request, Response, Headers, ReadableStream and fetch, as they were before ours took their names: they encode and
 * decode forms, what Node's fetch gives must be understood, and a stream that is not only sent is one of Node's.
 */
export const NativeRequest = globalThis.Request;
export const NativeResponse = globalThis.Response;
export const NativeHeaders = globalThis.Headers;
export const NativeReadableStream = globalThis.ReadableStream;
export const nativeFetch = globalThis.fetch;
