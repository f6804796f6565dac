/**
 * npm run fuzz: requests of chance, by models and by mutation, to a server of its own, until one is answered wrongly.
 * Progress goes to standard error, the outcome to standard output; exit code 1 where something failed.
 */
import { Amped, blocks, isModelName, MODELS } from '../attacks/amped.js';
import { exitOnSignals } from '../peers/exit-on-signals.js';
import { runProgram } from '../peers/program.js';
import { type Arguments, readArguments, USAGE } from './arguments.js';
import { mebibytes, type Outcome, runCampaign } from './campaign.js';
import { runCase } from './connection.js';
import { readFailure } from './failure.js';
import { FuzzSite } from './site.js';

await runProgram(readArguments, USAGE, main);

async function main(options: Arguments): Promise<number> {
  exitOnSignals();
  const site = new FuzzSite();
  if (options.replay !== undefined) return replay(site, options.replay);
  let failed = 0;
  for (const model of options.models) {
    process.stderr.write(`${model}, seed ${options.seed}\n`);
    const plan = { ...options, model, options: [], progress: (text: string) => process.stderr.write(`${text}\n`) };
    const outcome = await runCampaign(site, plan);
    failed += outcome.failures.length;
    process.stdout.write(`${model}, seed ${options.seed}: ${inWords(outcome)}\n`);
  }
  return failed === 0 ? 0 : 1;
}

async function replay(site: FuzzSite, file: string): Promise<number> {
  const { model, case: aCase } = readFailure(file);
  if (!isModelName(model)) throw new Error(`${file} names no model.`);
  const server = await Amped.start(site.root, MODELS[model]);
  const what = await runCase(aCase, { port: server.port, site, mayYield: blocks(model), seen: new Map() });
  await server.stop();
  process.stdout.write(
    `${JSON.stringify(aCase.text)}\n${what ?? 'Nothing is wrong with the answers.'}\n${server.errors}`,
  );
  return what === undefined ? 0 : 1;
}

function inWords({ requests, cases, seconds, descriptors, memoryBytes, seen, failures }: Outcome): string {
  const rate = Math.round(requests / seconds);
  const answers = [...seen].sort(([one], [other]) => one - other).map(([status, count]) => `${count} of ${status}`);
  return [
    `${requests} requests on ${cases} connections in ${seconds.toFixed(0)} s (${rate} a second), ${failures.length} failures`,
    `  descriptors ${descriptors[0]} before, ${descriptors[1]} after; memory ${memoryBytes.map(mebibytes).join(' warm, ')} after`,
    `  answers: ${answers.join(', ')}`,
    ...failures.map((failure) => `  ${failure}`),
  ].join('\n');
}
