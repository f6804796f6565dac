/**
 * The load client beside wrk, on the same server, alternating (A B A B), each with one thread of control on the clients'
 * processor: what each measures of the server, and what it costs itself.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { onceAtEnd } from '../../src/compare/measurement/clean-up.js';
import { CLIENT_CORE, pinned } from '../peers/cores.js';
import { readWrk } from '../peers/wrk.js';

export interface Measured {
  readonly requestsPerSecond: number;
  /** In microseconds. */
  readonly p50: number;
  readonly p99: number;
  /** The client's CPU time for a request, in microseconds. */
  readonly cpu: number;
  /** Its CPU time as a share of the time. */
  readonly busy: number;
  readonly errors: readonly string[];
}

export interface Times {
  readonly seconds: number;
  readonly warmUpSeconds: number;
}

/** One of the two clients. */
export interface Client {
  readonly name: string;
  run(url: string, connections: number, times: Times): Promise<Measured>;
}

/** Ours, as users run it. @param main the built command. */
export function ampedLoad(main: string): Client {
  return {
    name: 'amped load',
    async run(url, connections, { seconds, warmUpSeconds }) {
      const said = await output([
        ...[process.execPath, main, 'load', url, '--connections', String(connections), '--duration', `${seconds}s`],
        ...['--warm-up', `${warmUpSeconds}s`, '--processor', String(CLIENT_CORE), '--json'],
      ]);
      const { result } = JSON.parse(said.stdout);
      const wrong = Object.entries(result.errors).filter(([, count]) => count !== 0);
      return {
        requestsPerSecond: result.measured.requestsPerSecond,
        // With the correction that wrk's figures have.
        p50: result.corrected.p50,
        p99: result.corrected.p99,
        cpu: result.client.cpuMicrosecondsPerRequest,
        busy: result.client.busy,
        errors: wrong.map(([kind, count]) => `${kind}: ${count}`),
      };
    },
  };
}

/** Where bash prints the user and system time of what it has run. */
const TIMED = 'TIMEFORMAT="CPU %U %S"; time "$@"';

export const wrk: Client = {
  name: 'wrk',
  async run(url, connections, { seconds, warmUpSeconds }) {
    const command = (duration: number): string[] =>
      pinned(CLIENT_CORE, [
        ...['wrk', '--threads', '1', '--connections', String(connections), '--duration', `${duration}s`],
        ...['--latency', '--timeout', '60s', url],
      ]);
    if (warmUpSeconds > 0) await output(command(warmUpSeconds));
    const { stdout, stderr } = await output(['bash', '-c', TIMED, 'bash', ...command(seconds)]);
    const { requests, requestsPerSecond, p50, p99, errors } = readWrk(stdout);
    const [, user = '0', system = '0'] = /CPU ([\d.]+) ([\d.]+)/.exec(stderr) ?? [];
    const cpuSeconds = Number(user) + Number(system);
    return { requestsPerSecond, p50, p99, cpu: (cpuSeconds * 1e6) / requests, busy: cpuSeconds / seconds, errors };
  },
};

async function output([file, ...rest]: readonly string[]): Promise<{ stdout: string; stderr: string }> {
  const child = spawn(file as string, rest, { stdio: ['ignore', 'pipe', 'pipe'] });
  const done = onceAtEnd(() => child.kill('SIGKILL'));
  const said = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said.stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said.stderr += text;
  });
  const [code] = (await once(child, 'close')) as [number | null];
  done();
  // 2: it has measured, and found errors, which it prints.
  if (code !== 0 && code !== 2) throw new Error(`${file} ended with ${code}: ${said.stderr.trim()}`);
  return said;
}

/** Of each client what it has measured, one for each alternation. */
export async function alternate(
  clients: readonly Client[],
  url: string,
  connections: number,
  times: Times,
  alternations: number,
  progress: (text: string) => void,
): Promise<Measured[][]> {
  const found: Measured[][] = clients.map(() => []);
  for (let alternation = 1; alternation <= alternations; alternation++) {
    for (const [index, client] of clients.entries()) {
      progress(`${url}, ${alternation} of ${alternations}: ${client.name}`);
      found[index]?.push(await client.run(url, connections, times));
    }
  }
  return found;
}

export type Figure = 'requestsPerSecond' | 'p50' | 'p99' | 'cpu' | 'busy';

export function medianOf(samples: readonly Measured[], figure: Figure): number {
  const sorted = samples.map((sample) => sample[figure]).sort((one, other) => one - other);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? Number.NaN)) / 2;
}

/** How far the throughputs may be apart, and the p99s. */
const THROUGHPUT = 0.05;
const P99 = 0.1;
/** From here on a client is what limits: then throughput says how much it can do, not whether the two agree. */
const BUSY = 0.9;

/**
 * Whether ours agrees with the other: a sentence for each that is to hold, with whether it does. Where a client is what limits,
 * its latencies are those of its own queue: then they are not compared.
 */
export function verdicts(ours: readonly Measured[], other: readonly Measured[]): { holds: boolean; text: string }[] {
  const ratio = (figure: Figure): number => medianOf(ours, figure) / medianOf(other, figure);
  const limited = Math.max(medianOf(ours, 'busy'), medianOf(other, 'busy')) >= BUSY;
  const throughput = ratio('requestsPerSecond');
  const agree = Math.abs(throughput - 1) <= THROUGHPUT;
  return [
    {
      // More than the other is no disagreement where the other is what limits.
      holds: agree || (limited && throughput > 1),
      text: `throughput ${throughput.toFixed(3)} of wrk's (within ${THROUGHPUT * 100} %${limited ? ', or more where a client is what limits' : ''})`,
    },
    {
      holds: limited || Math.abs(ratio('p99') - 1) <= P99,
      text: `p99 ${ratio('p99').toFixed(3)} of wrk's (${limited ? 'a client is what limits: not compared' : `within ${P99 * 100} %`})`,
    },
    { holds: ratio('cpu') <= 1, text: `CPU time a request ${ratio('cpu').toFixed(3)} of wrk's (at most 1)` },
  ];
}
