/**
 * The load client beside wrk, on the same server, by turns, each with one thread of control on the clients' processor: what
 * each measures of the server, and what it costs itself.
 *
 * A turn is short, so that the two of a pair meet the same machine, and the pairs are many. Which of the two is first changes
 * with each pair: a machine that drifts favours neither.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { onceAtEnd } from '../../src/compare/measurement/clean-up.js';
import type { RunLoad } from '../../src/compare/measurement/measure.js';
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

/** What both have measured of the same server, one after the other. */
export interface Pair {
  readonly ours: Measured;
  readonly other: Measured;
}

/** One of the two clients. */
export interface Client {
  readonly name: string;
  run(url: string, connections: number, seconds: number): Promise<Measured>;
}

/** Before each turn of ours: until its connections have their rhythm. */
const SETTLING_SECONDS = 0.2;

/** Ours, by one process for all turns, as `amped compare` has it: its code is compiled when the first pair is measured. */
export function ampedLoad(runLoad: RunLoad): Client {
  return {
    name: 'amped load',
    async run(url, connections, seconds) {
      const { pathname } = new URL(url);
      const result = await runLoad({
        ...{ url, targets: [{ path: pathname }], connections, seconds },
        ...{ warmUpSeconds: SETTLING_SECONDS, processor: CLIENT_CORE },
      });
      const { measured, corrected, client, errors } = result;
      const wrong = Object.entries(errors).filter(([, count]) => count !== 0);
      return {
        requestsPerSecond: measured.requestsPerSecond,
        // With the correction that wrk's figures have.
        p50: corrected?.p50 ?? Number.NaN,
        p99: corrected?.p99 ?? Number.NaN,
        cpu: client.cpuMicrosecondsPerRequest,
        busy: client.busy,
        errors: wrong.map(([kind, count]) => `${kind}: ${count}`),
      };
    },
  };
}

/** Where bash prints the user and system time of what it has run. */
const TIMED = 'TIMEFORMAT="CPU %U %S"; time "$@"';

export const wrk: Client = {
  name: 'wrk',
  async run(url, connections, seconds) {
    const command = pinned(CLIENT_CORE, [
      ...['wrk', '--threads', '1', '--connections', String(connections), '--duration', `${seconds}s`],
      ...['--latency', '--timeout', '60s', url],
    ]);
    const { stdout, stderr } = await output(['bash', '-c', TIMED, 'bash', ...command]);
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
  if (code !== 0) throw new Error(`${file} ended with ${code}: ${said.stderr.trim()}`);
  return said;
}

export interface Alternation {
  readonly url: string;
  readonly connections: number;
  /** Of each turn. */
  readonly seconds: number;
  readonly pairs: number;
  /** Of each client, before the first pair: then the code of the server and of the clients is compiled. */
  readonly warmUpSeconds: number;
}

export async function alternate(
  ours: Client,
  other: Client,
  { url, connections, seconds, pairs, warmUpSeconds }: Alternation,
  progress: (text: string) => void,
): Promise<Pair[]> {
  const found: Pair[] = [];
  for (const client of warmUpSeconds > 0 ? [ours, other] : []) {
    progress(`warm-up: ${client.name}`);
    await client.run(url, connections, warmUpSeconds);
  }
  for (let number = 1; number <= pairs; number++) {
    const turn = (client: Client): Promise<Measured> => {
      progress(`pair ${number} of ${pairs}: ${client.name}`);
      return client.run(url, connections, seconds);
    };
    if (number % 2 === 1) {
      const first = await turn(ours);
      found.push({ ours: first, other: await turn(other) });
    } else {
      const first = await turn(other);
      found.push({ ours: await turn(ours), other: first });
    }
  }
  return found;
}
