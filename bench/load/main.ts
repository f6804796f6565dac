/**
 * npm run bench:load: whether `amped load` and wrk say the same of the same server, and what each costs. Progress goes to
 * standard error, tables to standard output; exit code 1 where they do not agree.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { pinSelf } from '../peers/cores.js';
import { exitOnSignals } from '../peers/exit-on-signals.js';
import { KIBIBYTE, temporaryFolder, writeText } from '../peers/files.js';
import { describe } from '../peers/machine.js';
import type { Demand, Peer } from '../peers/peer.js';
import { PEERS } from '../peers/peers/all.js';
import { runProgram } from '../peers/program.js';
import { PROJECT } from '../peers/project.js';
import { startServer } from '../peers/server-process.js';
import { missingTools } from '../peers/tools.js';
import { alternate, ampedLoad, medianOf, type Times, verdicts, wrk } from './alternate.js';

const USAGE = `Usage: npm run bench:load -- [options]

  --seconds N        how long each measurement lasts (4)
  --warm-up N        seconds of load before it (2)
  --alternations N   how often each client measures each server; medians are compared (11)
  --only A,B         only these of the servers
`;

/** Of a file, by the size in bytes of what is asked for; of an application, its path. */
type Served = { readonly size: number } | { readonly path: string };

/** Servers by the name of their peer, from those that are as fast as a client to those that are far slower. */
const SERVERS: ReadonlyArray<readonly [peer: string, served: Served, connections: number]> = [
  ['amped-io_uring', { size: KIBIBYTE }, 64],
  ['amped-epoll', { size: KIBIBYTE }, 64],
  ['amped-io_uring', { size: 100 * KIBIBYTE }, 64],
  ['nginx-sendfile-off', { size: KIBIBYTE }, 64],
  ['handlers-node-http', { path: '/hello' }, 64],
  ['handlers-hono-node-server', { path: '/hello' }, 16],
];

interface Arguments extends Times {
  readonly alternations: number;
  readonly only: readonly string[] | undefined;
  readonly help: boolean;
}

await runProgram(readArguments, USAGE, main);

function readArguments(words: readonly string[]): Arguments {
  const { values } = parseArgs({
    args: [...words],
    options: {
      seconds: { type: 'string', default: '4' },
      'warm-up': { type: 'string', default: '2' },
      alternations: { type: 'string', default: '11' },
      only: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  const number = (option: string, text: string, least: number): number => {
    if (/^\d{1,6}$/.test(text) && Number(text) >= least) return Number(text);
    throw new Error(`${option} must be a whole number of at least ${least}, not ${JSON.stringify(text)}.`);
  };
  const only = values.only?.split(',');
  const unknown = only?.find((name) => !SERVERS.some(([server]) => server === name));
  if (unknown !== undefined) {
    const names = [...new Set(SERVERS.map(([server]) => server))].join(', ');
    throw new Error(`There is no server ${unknown}; there are ${names}.`);
  }
  return {
    seconds: number('--seconds', values.seconds, 1),
    warmUpSeconds: number('--warm-up', values['warm-up'], 0),
    alternations: number('--alternations', values.alternations, 1),
    only,
    help: values.help,
  };
}

/** Gives 1 where something does not hold. */
async function main(options: Arguments): Promise<number> {
  const missing = missingTools();
  if (missing.length > 0) throw new Error(missing.join('\n'));
  exitOnSignals();
  pinSelf();
  process.stdout.write(`${describe([])}\n`);
  let allHold = true;
  for (const [name, served, connections] of SERVERS) {
    if (options.only !== undefined && !options.only.includes(name)) continue;
    const peer = PEERS.find((one) => one.name === name);
    const program = peer?.find();
    if (peer === undefined || program === undefined) process.stderr.write(`${name} is missing: ${peer?.install}\n`);
    else allHold = (await measure(peer, program, served, connections, options)) && allHold;
  }
  return allHold ? 0 : 1;
}

/** Whether all holds for one server. */
async function measure(
  peer: Peer,
  program: string,
  served: Served,
  connections: number,
  options: Arguments,
): Promise<boolean> {
  const clients = [ampedLoad(join(PROJECT, 'dist', 'cli', 'main.js')), wrk];
  const folder = temporaryFolder();
  const [directory, scratch] = [join(folder.path, 'site'), join(folder.path, 'scratch')];
  mkdirSync(directory);
  mkdirSync(scratch, { mode: 0o755 });
  const path = 'path' in served ? served.path : '/file.txt';
  if ('size' in served) writeText(directory, 'file.txt', served.size);
  const demand: Demand = { name: 'load', connections, files: 1 };
  const server = await startServer(peer, program, { directory, scratch, demand }, path);
  try {
    const url = `http://127.0.0.1:${server.port}${path}`;
    const progress = (text: string): void => void process.stderr.write(`${peer.name}, ${text}\n`);
    const found = await alternate(clients, url, connections, options, options.alternations, progress);
    const [ours = [], other = []] = found;
    const rows = clients.map(({ name }, index) => {
      const samples = found[index] ?? [];
      const figures = (['requestsPerSecond', 'p50', 'p99', 'cpu', 'busy'] as const).map((figure) =>
        medianOf(samples, figure),
      );
      const [rate = 0, p50 = 0, p99 = 0, cpu = 0, busy = 0] = figures;
      const errors = [...new Set(samples.flatMap((sample) => sample.errors))].join('; ');
      return `| ${name} | ${Math.round(rate)} | ${p50.toFixed(0)} | ${p99.toFixed(0)} | ${cpu.toFixed(2)} | ${(busy * 100).toFixed(0)} % | ${errors} |`;
    });
    process.stdout.write(
      [
        `\n### ${peer.name}, ${'size' in served ? `${served.size / KIBIBYTE} KiB` : path}, ${connections} connections\n`,
        '| client | requests/s | p50 us | p99 us | client CPU us/request | busy | errors |',
        '| --- | ---: | ---: | ---: | ---: | ---: | --- |',
        ...rows,
        '',
        ...verdicts(ours, other).map(({ holds, text }) => `- ${holds ? 'holds' : 'DOES NOT HOLD'}: ${text}`),
        '',
      ].join('\n'),
    );
    return verdicts(ours, other).every(({ holds }) => holds);
  } finally {
    await server.stop();
    folder.remove();
  }
}
