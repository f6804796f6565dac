/**
 * One repetition: load for some seconds, and what the server used for it. CPU time, switches and system calls are those of the
 * whole run, divided by all requests that were answered in it; throughput and latencies are of its measured part.
 */
import hdr from 'hdr-histogram-js';
import { usageOfTree } from '../../metrics/proc-tree.js';
import type { RunLoadOptions } from '../load/load-clients.js';
import type { LoadPlan } from '../load/plan.js';
import { type LoadErrors, type LoadResult, totalErrors } from '../load/result.js';
import type { MetricName, Sample } from '../results/results.js';
import type { LoadPlans } from './load-plans.js';
import { numbersBetween, readNumbers, readSettled, type ServerNumbers } from './server-numbers.js';
import type { StartedServer } from './server-process.js';

/** Runs a load client; another one in tests. */
export type RunLoad = (plan: LoadPlan, options?: RunLoadOptions) => Promise<LoadResult>;

export interface Run {
  readonly repetition: number;
  /** How many the server has (1). */
  readonly processors?: number;
  readonly runLoad: RunLoad;
  readonly signal?: AbortSignal;
  readonly progress?: RunLoadOptions['progress'];
}

const DEATH_MILLISECONDS = 100;

/** Of which shares of the requests the distribution says how long they took. */
const SHARES = [0, 0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.995, 0.999, 0.9995, 0.9999, 1];

const SENTENCES: Readonly<Record<keyof LoadErrors, string>> = {
  connectRefused: 'connections refused',
  connectTimeout: 'connections neither accepted nor refused in time',
  connectFailed: 'connections that could not be made',
  reset: 'connections that ended before the whole answer had come',
  timeout: 'requests without an answer in time',
  malformed: 'answers that are no HTTP',
  wrongStatus: 'answers with another status than expected',
  wrongLength: 'answers of another length than the file',
  wrongHash: 'answers with other contents than the file',
  unsolicited: 'answers that nobody had asked for',
};

/** Throws an Error with a sentence when the server has died, or nothing was answered. */
export function measureOnce(server: StartedServer, plans: LoadPlans, run: Run): Promise<Sample> {
  return unlessDead(server, measure(server, plans, run));
}

async function measure(server: StartedServer, plans: LoadPlans, run: Run): Promise<Sample> {
  const numbersBefore = await readNumbers(server.adminUrl);
  const idle = plans.idle === undefined ? undefined : await beIdle(plans.idle, run);
  try {
    return await measureBeside(idle, server, plans, run, numbersBefore);
  } finally {
    // Whatever fails in between: they would stay for an hour.
    await idle?.end().catch(() => {});
  }
}

async function measureBeside(
  idle: Idle | undefined,
  server: StartedServer,
  plans: LoadPlans,
  run: Run,
  numbersBefore: ServerNumbers | undefined,
): Promise<Sample> {
  const { signal, progress } = run;
  // What their coming has cost is not counted.
  const numbersAtStart = idle === undefined ? numbersBefore : await readNumbers(server.adminUrl);
  const before = usageOfTree(server.pid);
  const options = { ...(signal && { signal }), ...(progress && { progress }) };
  const over = new AbortController();
  const whileItLasts = {
    beside: true,
    signal: signal === undefined ? over.signal : AbortSignal.any([signal, over.signal]),
  };
  const beside = plans.cold === undefined ? undefined : run.runLoad(plans.cold, whileItLasts);
  const result = await run.runLoad(plans.measured, options).catch(async (error) => {
    over.abort();
    await beside?.catch(() => {});
    throw error;
  });
  const cold = await beside;
  signal?.throwIfAborted();
  const after = usageOfTree(server.pid);
  const idleAnswered = (await idle?.end())?.answered ?? 0;
  // Those of slow readers are among them.
  const requests = result.answered + (cold?.answered ?? 0);
  if (result.answered === 0) throw new Error(result.reason ?? 'No request was answered.');
  const numbersAfter = await readSettled(server.adminUrl, numbersBefore, requests + idleAnswered);
  const cpuUser = after.cpuUser - before.cpuUser;
  const cpuSystem = after.cpuSystem - before.cpuSystem;
  const { measured, client } = result;
  const wrong = errorsOf(result);
  const metrics: Partial<Record<MetricName, number>> = {
    requestsPerSecond: measured.requestsPerSecond,
    bytesPerSecond: measured.bytesPerSecond,
    p50: result.latency.p50 / 1e6,
    p90: result.latency.p90 / 1e6,
    p99: result.latency.p99 / 1e6,
    p999: result.latency.p999 / 1e6,
    // A histogram rounds its percentiles up, and the longest not.
    longest: Math.max(result.latency.max, result.latency.p999) / 1e6,
    cpu: (cpuUser + cpuSystem) / requests,
    cpuUser: cpuUser / requests,
    cpuSystem: cpuSystem / requests,
    serverBusy: Math.min(1, (cpuUser + cpuSystem) / (measured.seconds * (run.processors ?? 1))),
    clientBusy: client.busy,
    memory: after.pss,
    voluntarySwitches: (after.voluntarySwitches - before.voluntarySwitches) / requests,
    involuntarySwitches: (after.involuntarySwitches - before.involuntarySwitches) / requests,
    fairness: result.fairness.index,
    errors: totalErrors(result.errors) + (cold === undefined ? 0 : totalErrors(cold.errors)),
    ...(cold !== undefined && { coldRequestsPerSecond: cold.measured.requestsPerSecond }),
    ...(numbersAtStart !== undefined &&
      numbersAfter !== undefined &&
      numbersBetween(numbersAtStart, numbersAfter, requests)),
  };
  return {
    repetition: run.repetition,
    seconds: measured.seconds,
    requests,
    ...(numbersBefore !== undefined &&
      numbersAfter !== undefined && {
        serverRequests: numbersAfter.requests - numbersBefore.requests - idleAnswered,
      }),
    bottleneck: result.bottleneck,
    metrics,
    distribution: distributionOf(result.latency.histogram),
    errors: cold === undefined ? wrong : [...wrong, ...errorsOf(cold)],
  };
}

/** Connections that ask nothing: here from now on, until `end`. */
interface Idle {
  /** May be called again. */
  end(): Promise<LoadResult>;
}

async function beIdle(plan: LoadPlan, { runLoad, signal }: Run): Promise<Idle> {
  const over = new AbortController();
  const stop = (): void => over.abort();
  signal?.addEventListener('abort', stop, { once: true });
  let work: Promise<LoadResult>;
  await new Promise<void>((resolve, reject) => {
    const progress: RunLoadOptions['progress'] = ({ phase }) => {
      if (phase === 'measuring') resolve();
    };
    work = runLoad(plan, { signal: over.signal, progress, beside: true });
    work.then(() => resolve(), reject);
  });
  return {
    end() {
      stop();
      signal?.removeEventListener('abort', stop);
      return work;
    },
  };
}

/** What came of it, unless the server has died: then how it ended, which says more than what the client has met. */
async function unlessDead<Value>(server: StartedServer, work: Promise<Value>): Promise<Value> {
  const outcome = await work.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
  // Its end may be known a moment after its connections have ended.
  if ('error' in outcome) await new Promise((resolve) => setTimeout(resolve, DEATH_MILLISECONDS));
  const end = server.ended();
  if (end !== undefined) throw new Error(end);
  if ('error' in outcome) throw outcome.error;
  return outcome.value;
}

function distributionOf(encoded: string): Sample['distribution'] {
  const histogram = hdr.decodeFromCompressedBase64(encoded);
  return SHARES.map((share) => [histogram.getValueAtPercentile(share * 100) / 1e6, share] as const);
}

/** What went wrong, each kind in words. */
function errorsOf({ errors, unanswered, slowReaders, ended, reason }: LoadResult): string[] {
  const counted = (Object.keys(SENTENCES) as (keyof LoadErrors)[])
    .filter((name) => errors[name] > 0)
    .map((name) => `${SENTENCES[name]}: ${errors[name].toLocaleString('en')}`);
  // Slow readers are always in the middle of something.
  const givenUp = unanswered - (slowReaders === undefined ? 0 : slowReaders.sent - slowReaders.answered);
  if (givenUp > 0) counted.push(`requests given up at the end: ${givenUp.toLocaleString('en')}`);
  return ended === 'unreachable' ? [...counted, reason ?? 'the server could not be reached any more'] : counted;
}
