/**
 * npm run bench:load: whether `amped load` and wrk say the same of the same server, and what each costs. Progress goes to
 * standard error, tables to standard output; exit code 1 where they do not agree.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { cleanUpAtExit } from '../peers/clean-up.js';
import { pinSelf } from '../peers/cores.js';
import { KIBIBYTE, temporaryFolder, writeText } from '../peers/files.js';
import { describe } from '../peers/machine.js';
import type { Demand, Peer } from '../peers/peer.js';
import { PEERS } from '../peers/peers/all.js';
import { PROJECT } from '../peers/project.js';
import { startServer } from '../peers/server-process.js';
import { alternate, ampedLoad, type Client, medianOf, verdicts, wrk } from './alternate.js';

const USAGE = `Usage: npm run bench:load -- [options]

  --seconds N        how long each measurement lasts (4)
  --warm-up N        seconds of load before it (2)
  --alternations N   how often each client measures each server; medians are compared (11)
  --only A,B         only these of the servers
`;

/** Servers by the name of their peer, from one that is as fast as a client to one that is far slower. */
const SERVERS: ReadonlyArray<readonly [peer: string, size: number, connections: number]> = [
  ['amped-io_uring', KIBIBYTE, 64],
  ['amped-epoll', KIBIBYTE, 64],
  ['amped-io_uring', 100 * KIBIBYTE, 64],
  ['nginx-sendfile-off', KIBIBYTE, 64],
  ['amped-thread', KIBIBYTE, 16],
];

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '4' },
    'warm-up': { type: 'string', default: '2' },
    alternations: { type: 'string', default: '11' },
    only: { type: 'string' },
    help: { type: 'boolean', short: 'h', default: false },
  },
});
const times = { seconds: Number(values.seconds), warmUpSeconds: Number(values['warm-up']) };
const only = values.only?.split(',');

if (values.help) {
  process.stdout.write(USAGE);
} else {
  cleanUpAtExit();
  pinSelf();
  const clients = [ampedLoad(join(PROJECT, 'dist', 'cli', 'main.js')), wrk];
  process.stdout.write(`${describe([])}\n`);
  for (const [name, size, connections] of SERVERS) {
    if (only !== undefined && !only.includes(name)) continue;
    const peer = PEERS.find((one) => one.name === name);
    const program = peer?.find();
    if (peer === undefined || program === undefined) process.stderr.write(`${name} is missing: ${peer?.install}\n`);
    else await measure(peer, program, size, connections, clients);
  }
}

async function measure(
  peer: Peer,
  program: string,
  size: number,
  connections: number,
  clients: readonly Client[],
): Promise<void> {
  const folder = temporaryFolder();
  const [directory, scratch] = [join(folder.path, 'site'), join(folder.path, 'scratch')];
  mkdirSync(directory);
  mkdirSync(scratch);
  writeText(directory, 'file.txt', size);
  const demand: Demand = { name: 'load', connections, files: 1 };
  const server = await startServer(peer, program, { directory, scratch, demand }, '/file.txt');
  try {
    const url = `http://127.0.0.1:${server.port}/file.txt`;
    const progress = (text: string): void => void process.stderr.write(`${peer.name}, ${text}\n`);
    const found = await alternate(clients, url, connections, times, Number(values.alternations), progress);
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
        `\n### ${peer.name}, ${size / KIBIBYTE} KiB, ${connections} connections\n`,
        '| client | requests/s | p50 us | p99 us | client CPU us/request | busy | errors |',
        '| --- | ---: | ---: | ---: | ---: | ---: | --- |',
        ...rows,
        '',
        ...verdicts(ours, other).map(({ holds, text }) => `- ${holds ? 'holds' : 'DOES NOT HOLD'}: ${text}`),
        '',
      ].join('\n'),
    );
    if (verdicts(ours, other).some(({ holds }) => !holds)) process.exitCode = 1;
  } finally {
    await server.stop();
    folder.remove();
  }
}
