/** What the arguments of `amped load` mean: a plan for the load client. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { LoadPlan, LoadTarget } from '../compare/load/plan.js';
import { LOAD_FLAGS, type LoadFlags } from '../config/load-flags.js';
import { OptionError } from '../config/option-error.js';
import { SECOND } from '../config/option-kinds.js';
import { flagLines, type Given } from '../config/subcommand-flags.js';

/** Throws OptionError, or PlanError in what it says of the URL. */
export function planOf({ values, named, operands }: Given<typeof LOAD_FLAGS>): LoadPlan {
  const [url] = operands;
  if (url === undefined) {
    throw new OptionError(
      'amped load needs a URL, such as http://127.0.0.1:3000/; amped load --help tells more, and a directory of that name is ./load.',
    );
  }
  if (operands.length > 1)
    throw new OptionError(`amped load asks one URL, not ${operands.length} (${operands.join(', ')}).`);
  for (const other of ['arrivals', 'seed']) {
    if (named.has(other) && values.rate === undefined) throw new OptionError(`--${other} goes with --rate.`);
  }
  if (named.has('slow-rate') && values['slow-readers'] === 0)
    throw new OptionError('--slow-rate goes with --slow-readers.');
  if (values['slow-rate'] === 0) throw new OptionError('--slow-rate must be at least 1 byte a second.');
  if (values.rate !== undefined && values.think > 0) {
    throw new OptionError('--think goes without --rate: then requests are due by themselves.');
  }
  if (values['no-keep-alive'] && values.pipeline > 1) {
    throw new OptionError('--pipeline goes without --no-keep-alive: one request has nothing behind it.');
  }
  const byNumber = values.requests !== undefined && !named.has('duration');
  return {
    url,
    targets: [targetOf(url, values)],
    connections: values.connections,
    keepAlive: !values['no-keep-alive'],
    pipeline: values.pipeline,
    thinkMilliseconds: values.think,
    pace:
      values.rate === undefined ? { kind: 'closed' } : { kind: 'open', rate: values.rate, arrivals: values.arrivals },
    ...(values['slow-readers'] === 0
      ? {}
      : { slowReaders: { count: values['slow-readers'], bytesPerSecond: values['slow-rate'] } }),
    idleConnections: values.idle,
    warmUpSeconds: (values['warm-up'] ?? (values.requests === undefined ? SECOND : 0)) / SECOND,
    ...(byNumber ? {} : { seconds: values.duration / SECOND }),
    ...(values.requests === undefined ? {} : { requests: values.requests }),
    timeoutMilliseconds: values.timeout,
    ...(values.processor === undefined ? {} : { processor: values.processor }),
    dispatcher: values.dispatcher,
    seed: values.seed,
  };
}

function targetOf(text: string, values: LoadFlags): LoadTarget {
  const url = URL.canParse(text) && !text.startsWith('unix:') ? new URL(text) : undefined;
  const expected = values.expect === undefined ? undefined : contentOf('--expect', values.expect);
  const fields = values.header.map((field): [string, string] => {
    const colon = field.indexOf(':');
    return [field.slice(0, colon), field.slice(colon + 1).trim()];
  });
  return {
    path: url === undefined ? '/' : `${url.pathname}${url.search}`,
    method: values.method,
    fields,
    ...(values.body === undefined ? {} : { body: contentOf('--body', values.body).toString('base64') }),
    ...(values.status === undefined ? {} : { status: values.status }),
    ...(expected === undefined
      ? {}
      : { length: expected.length, sha256: createHash('sha256').update(expected).digest('hex') }),
  };
}

function contentOf(option: string, name: string): Buffer {
  try {
    return readFileSync(name);
  } catch (error) {
    throw new OptionError(`${option} cannot be read: ${name} (${(error as NodeJS.ErrnoException).code}).`);
  }
}

/** What `amped load --help` prints. */
export function loadHelp(): string {
  return [
    'Usage: amped load URL [OPTIONS]',
    '',
    'Asks a server over and over, checks each answer, and says how fast they came. URL is http://HOST:PORT/PATH,',
    'or unix:PATH for a unix socket. Aim it only at servers of your own: it asks as fast as it can.',
    '',
    ...flagLines(LOAD_FLAGS),
    '',
    'TIME has its unit: 500ms, 20s, 5min. Defaults are in parentheses.',
    'Ctrl+C ends it early and prints what has been measured by then.',
    '',
    'Exit code: 0 each answer was as it must be; 1 the options are wrong, or the server cannot be reached;',
    '2 requests have failed or answers were wrong; 3 the server was lost midway; 130 Ctrl+C.',
    '',
  ].join('\n');
}
