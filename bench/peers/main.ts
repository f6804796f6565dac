/**
 * npm run bench:peers: measures Amped and other servers of static files, and prints a table for each case.
 * Progress goes to standard error, tables to standard output.
 */
import { writeFileSync } from 'node:fs';
import { type Arguments, readArguments, USAGE } from './arguments.js';
import { pinSelf } from './cores.js';
import { exitOnSignals } from './exit-on-signals.js';
import { describe } from './machine.js';
import { runProgram } from './program.js';
import { type Contestant, runCase } from './run.js';
import { caseTable } from './table.js';
import { missingTools } from './tools.js';

await runProgram(readArguments, USAGE, main);

async function main(options: Arguments): Promise<number> {
  const found = options.peers.map((peer) => ({ peer, program: peer.find() }));
  const missing = found.filter(({ program }) => program === undefined);
  const tools = missingTools();
  if (options.list) {
    const there = found.map(({ peer, program }) => `  ${peer.name}: ${program ?? `missing: ${peer.install}`}`);
    const cases = options.cases.map(({ name, title }) => `  ${name}: ${title}`);
    process.stdout.write(`${['Servers', ...there, ...tools, 'Cases', ...cases].join('\n')}\n`);
    return 0;
  }
  if (tools.length > 0) throw new Error(tools.join('\n'));
  for (const { peer } of missing) process.stderr.write(`${peer.name} is missing: ${peer.install}\n`);
  const contestants = found.filter((one): one is Contestant => one.program !== undefined);
  if (contestants.length === 0) throw new Error('None of the servers asked for is there.');

  exitOnSignals();
  pinSelf();
  const plan = { ...options, progress: (text: string) => process.stderr.write(`${text}\n`) };
  process.stdout.write(`${describe(contestants)}\n`);
  const all: Record<string, unknown> = {};
  for (const aCase of options.cases) {
    const results = await runCase(aCase, contestants, plan);
    all[aCase.name] = results;
    process.stdout.write(`\n${caseTable(aCase, results)}\n`);
    // After each case, so that an interrupted run leaves what it has.
    if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(all, undefined, 2)}\n`);
  }
  return 0;
}
