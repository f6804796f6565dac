/**
 * The admin listener: health and metrics of a server, on an address of its own, off the public one.
 *
 *   GET /livez         200 while the process is alive
 *   GET /readyz        200 while new connections are welcome, 503 while the server drains
 *   GET /metrics       Prometheus text format, or OpenMetrics where it is asked for
 *   GET /metrics.json  the same numbers as JSON
 *   GET /              the dashboard, for who takes HTML: the same numbers, live
 *   POST /trace?seconds=5  records for so long, and answers with a trace (trace-answer.ts)
 *
 * It runs on Node's own HTTP server, in the original process: whatever the architecture does, and however busy its workers
 * are, the answers do not come from what they are about.
 *
 * What it keeps true: nothing here changes what the server does. A page in somebody's browser cannot read it through a name that it
 * has made to lead here (DNS rebinding): a Host that is a name, other than localhost or the one it was told to listen at, is
 * answered 403. Whatever goes wrong here ends no server: it is answered 500.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { isIP } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { inUrl } from '../config/address.js';
import { OPEN_METRICS_TEXT, openMetricsText, PROMETHEUS_TEXT, prometheusText } from '../metrics/exposition.js';
import { DASHBOARD_FIELDS, dashboardFile } from './dashboard-files.js';
import { metricsOf } from './metrics-of.js';
import type { Observed } from './observed.js';
import { traceAnswer } from './trace-answer.js';

export interface AdminListener {
  readonly url: string;
  /** Ends it: at once, but for a trace that is being written to somebody, who has a little while to take it. */
  close(): Promise<void>;
}

interface Page {
  readonly status: number;
  readonly type: string;
  readonly text: string;
  readonly fields?: Readonly<Record<string, string>>;
}

const TEXT = 'text/plain; charset=utf-8';
const JSON_TEXT = 'application/json';
const PATHS =
  'Here are /livez, /readyz, /metrics, /metrics.json, the dashboard at / for browsers and, to be posted to, /trace.';
/** As the public listener's defaults: nobody needs longer. */
const REQUEST_MILLISECONDS = 20_000;
/** The server has ended, and with it what was recorded: whoever waits for a trace takes it now. */
const TRACE_MILLISECONDS = 2000;

/** Listens. Throws an Error with a sentence for the user when the address is not to be had. */
export function startAdmin(host: string, port: number, server: Observed): Promise<AdminListener> {
  const traces = new Set<Promise<void>>();
  const listener = createServer({ requestTimeout: REQUEST_MILLISECONDS }, (request, response) => {
    const trace = isForUs(request.headers.host, host) ? traceAnswer(request, response, server) : undefined;
    if (trace === undefined) {
      answer(request, response, host, server);
      return;
    }
    traces.add(trace);
    void trace.finally(() => traces.delete(trace));
  });
  return new Promise((resolve, reject) => {
    listener.once('error', (error: NodeJS.ErrnoException) => {
      const why = error.code === 'EADDRINUSE' ? 'it is already in use' : error.message;
      reject(
        new Error(`The admin listener cannot have port ${port} of ${host} (${why}); choose another with --admin.`),
      );
    });
    listener.listen(port, host, () => {
      // It may be without descriptors for a while: clients wait then.
      listener.on('error', () => {});
      const address = listener.address() as { port: number };
      resolve({
        url: `http://${inUrl(host)}:${address.port}/`,
        async close() {
          const closed = new Promise((resolve) => listener.close(resolve));
          const soon = new AbortController();
          await Promise.race([Promise.all(traces), pause(TRACE_MILLISECONDS, undefined, soon).catch(() => {})]);
          soon.abort();
          listener.closeAllConnections();
          await closed;
        },
      });
    });
  });
}

function answer(request: IncomingMessage, response: ServerResponse, host: string, server: Observed): void {
  const { status, type, text, fields } = pageOrError(request, host, server);
  response.writeHead(status, {
    'Content-Type': type,
    'Content-Length': Buffer.byteLength(text),
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
    ...(status === 405 && { Allow: 'GET, HEAD' }),
    ...fields,
  });
  response.end(request.method === 'HEAD' ? undefined : text);
}

function pageOrError(request: IncomingMessage, host: string, server: Observed): Page {
  try {
    return pageFor(request, host, server);
  } catch (error) {
    return said(500, error instanceof Error ? error.message : String(error));
  }
}

function pageFor(request: IncomingMessage, host: string, server: Observed): Page {
  if (!isForUs(request.headers.host, host)) return said(403, 'This name does not lead here.');
  if (request.method !== 'GET' && request.method !== 'HEAD') return said(405, 'GET and HEAD only.');
  const [path] = (request.url as string).split('?', 1) as [string];
  const file = dashboardFile(path, request.headers.accept);
  if (file !== undefined) return { status: 200, ...file, fields: DASHBOARD_FIELDS };
  switch (path) {
    case '/livez':
      return said(200, 'alive');
    case '/readyz':
      return server.ready ? said(200, 'ready') : said(503, 'draining');
    case '/metrics': {
      const metrics = metricsOf(server.metrics());
      if (!/application\/openmetrics-text/.test(request.headers.accept ?? '')) {
        return { status: 200, type: PROMETHEUS_TEXT, text: prometheusText(metrics) };
      }
      return { status: 200, type: OPEN_METRICS_TEXT, text: openMetricsText(metrics) };
    }
    case '/metrics.json':
      // JSON has no infinity: the bound of a last bucket is null.
      return { status: 200, type: JSON_TEXT, text: `${JSON.stringify(server.metrics())}\n` };
    case '/':
      return { ...said(200, PATHS), fields: { Vary: 'Accept' } };
    default:
      return said(404, PATHS);
  }
}

function said(status: number, sentence: string): Page {
  return { status, type: TEXT, text: `${sentence}\n` };
}

function isForUs(asked: string | undefined, host: string): boolean {
  const name = (asked ?? '').replace(/:\d*$/, '').replace(/^\[(.*)\]$/, '$1');
  return isIP(name) !== 0 || name.toLowerCase() === 'localhost' || name.toLowerCase() === host.toLowerCase();
}
