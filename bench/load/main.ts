/**
 * npm run bench:load: whether `amped load` and wrk say the same of the same server, and what each costs. Progress goes to
 * standard error, tables to standard output; exit code 1 where something does not hold.
 */
import { mkdirSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { LoadClients } from '../../src/compare/load/load-clients.js';
import { pinSelf } from '../peers/cores.js';
import { exitOnSignals } from '../peers/exit-on-signals.js';
import { temporaryFolder, writeText } from '../peers/files.js';
import { describe } from '../peers/machine.js';
import type { Demand } from '../peers/peer.js';
import { runProgram } from '../peers/program.js';
import { PROJECT } from '../peers/project.js';
import { startServer } from '../peers/server-process.js';
import { missingTools } from '../peers/tools.js';
import { judge } from './agreement.js';
import { alternate, ampedLoad, wrk } from './alternate.js';
import { SERVERS, type Server } from './servers.js';
import { tableOf } from './table.js';

const USAGE = `Usage: npm run bench:load -- [options]

  --seconds N   how long each client asks in each pair (1)
  --pairs N     how many pairs for each server (24)
  --warm-up N   seconds of load by each client before the first pair (2)
  --only A,B    only these of ${SERVERS.map(({ name }) => name).join(', ')}

Without options it takes about five minutes. The machine should have nothing else to do: what it does besides makes
the intervals wide, and then nothing can be told.
`;

/** A quiet machine has less. */
const BUSY = 0.5;
const CLIENT = join(PROJECT, 'dist', 'compare', 'load', 'client-process.js');

interface Arguments {
  readonly seconds: number;
  readonly pairs: number;
  readonly warmUpSeconds: number;
  readonly servers: readonly Server[];
  readonly help: boolean;
}

await runProgram(readArguments, USAGE, main);

function readArguments(words: readonly string[]): Arguments {
  const { values } = parseArgs({
    args: [...words],
    options: {
      seconds: { type: 'string', default: '1' },
      pairs: { type: 'string', default: '24' },
      'warm-up': { type: 'string', default: '2' },
      only: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  const number = (option: string, text: string, least: number): number => {
    if (/^\d{1,6}$/.test(text) && Number(text) >= least) return Number(text);
    throw new Error(`${option} must be a whole number of at least ${least}, not ${JSON.stringify(text)}.`);
  };
  const only = values.only?.split(',');
  const unknown = only?.find((name) => !SERVERS.some((server) => server.name === name));
  if (unknown !== undefined) {
    throw new Error(`There is no server ${unknown}; there are ${SERVERS.map(({ name }) => name).join(', ')}.`);
  }
  return {
    seconds: number('--seconds', values.seconds, 1),
    pairs: number('--pairs', values.pairs, 1),
    warmUpSeconds: number('--warm-up', values['warm-up'], 0),
    servers: SERVERS.filter(({ name }) => only === undefined || only.includes(name)),
    help: values.help,
  };
}

/** Gives 1 where something does not hold. */
async function main(options: Arguments): Promise<number> {
  const missing = missingTools();
  if (missing.length > 0) throw new Error(missing.join('\n'));
  exitOnSignals();
  pinSelf();
  process.stdout.write(`${describe([]).trim()}\n`);
  const [load = 0] = loadavg();
  if (load >= BUSY) {
    process.stdout.write(`\nThe machine is busy with other things (load average ${load.toFixed(1)}).\n`);
  }
  const clients = new LoadClients(pathToFileURL(CLIENT));
  let nothingRefuted = true;
  try {
    for (const server of options.servers) {
      const program = server.peer.find();
      if (program === undefined) process.stderr.write(`${server.peer.name} is missing: ${server.peer.install}\n`);
      else nothingRefuted = (await measure(server, program, clients, options)) && nothingRefuted;
    }
  } finally {
    await clients.end();
  }
  return nothingRefuted ? 0 : 1;
}

/** Whether nothing is refuted by one server. */
async function measure(
  { name, what, peer, served, connections, shows }: Server,
  program: string,
  clients: LoadClients,
  options: Arguments,
): Promise<boolean> {
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
    const progress = (text: string): void => void process.stderr.write(`${name}, ${text}\n`);
    const pairs = await alternate(ampedLoad(clients.run), wrk, { ...options, url, connections }, progress);
    const judgements = judge(pairs, shows);
    process.stdout.write(
      [
        `\n### ${what}, ${connections} connections\n`,
        ...tableOf(pairs),
        '',
        ...judgements.map(({ answer, text }) => `- ${answer}: ${text}`),
        '',
      ].join('\n'),
    );
    return judgements.every(({ answer }) => answer !== 'does not hold');
  } finally {
    await server.stop();
    folder.remove();
  }
}
