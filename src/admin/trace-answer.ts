/**
 * POST /trace?seconds=5 on the admin listener: records what every thread of the server does for so long, and answers with a
 * trace in Chrome's trace-event format, piece by piece.
 *
 * What it keeps true: recording costs the server something, so no page of another site can have a browser ask for it (it is
 * known by Origin and Sec-Fetch-Site), and one is made at a time. Who has gone away is recorded for no longer.
 */
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { finished } from 'node:stream/promises';
import type { Observed } from './observed.js';

const MOST_SECONDS = 60;
const SECONDS_UNLESS_TOLD = 5;

/** Answers a request for a trace, and settles when that is done; undefined: this request is for something else. */
export function traceAnswer(
  request: IncomingMessage,
  response: ServerResponse,
  server: Observed,
): Promise<void> | undefined {
  const [path, query] = (request.url ?? '').split('?', 2);
  if (path !== '/trace') return undefined;
  if (request.method !== 'POST') refuse(response, 405, 'POST only.');
  else if (isCrossSite(request)) refuse(response, 403, 'A page of another site may not ask for this.');
  else return answer(response, query, server).catch(() => void response.destroy());
  return Promise.resolve();
}

async function answer(response: ServerResponse, query: string | undefined, server: Observed): Promise<void> {
  const seconds = secondsOf(query);
  if (seconds === undefined) {
    refuse(response, 400, `seconds must be a whole number from 1 to ${MOST_SECONDS}, as in /trace?seconds=5.`);
    return;
  }
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  const pieces = await server.trace?.(seconds * 1000, gone.signal);
  if (pieces === undefined) {
    refuse(response, 409, 'Another trace is being recorded, or the server has ended; try again later.');
    return;
  }
  response.writeHead(200, {
    'Content-Type': 'application/json',
    'Content-Disposition': 'attachment; filename="amped-trace.json"',
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
  });
  for (const piece of pieces) {
    if (response.destroyed) return;
    // Others are served in between: they may be served by this very thread.
    if (!response.write(piece)) await once(response, 'drain', { signal: gone.signal }).catch(() => {});
    else await new Promise(setImmediate);
  }
  response.end();
  await finished(response).catch(() => {});
}

/** undefined: they are not what they must be. */
function secondsOf(query = ''): number | undefined {
  const parameters = new URLSearchParams(query);
  if ([...parameters.keys()].some((name) => name !== 'seconds')) return undefined;
  const [text, another] = parameters.getAll('seconds');
  if (text === undefined) return SECONDS_UNLESS_TOLD;
  const seconds = /^\d{1,2}$/.test(text) ? Number(text) : 0;
  return another === undefined && seconds >= 1 && seconds <= MOST_SECONDS ? seconds : undefined;
}

/** Browsers say where a request comes from; what says nothing is no page. */
function isCrossSite({ headers }: IncomingMessage): boolean {
  const { origin, host } = headers;
  const site = headers['sec-fetch-site'];
  return (
    (site !== undefined && site !== 'same-origin' && site !== 'none') ||
    (origin !== undefined && origin !== `http://${host}`)
  );
}

function refuse(response: ServerResponse, status: number, sentence: string): void {
  response.writeHead(status, {
    'Content-Type': 'text/plain; charset=utf-8',
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
    ...(status === 405 && { Allow: 'POST' }),
  });
  response.end(`${sentence}\n`);
}
