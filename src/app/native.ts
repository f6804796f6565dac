/**
 * Node's own Request, Response, Headers and fetch, as they were before ours took their names: they encode and decode forms,
 * and what Node's fetch gives must be understood.
 */
export const NativeRequest = globalThis.Request;
export const NativeResponse = globalThis.Response;
export const NativeHeaders = globalThis.Headers;
export const nativeFetch = globalThis.fetch;
