/**
 * npm run attack: slow heads, slow bodies, slow readers and floods of ranges, from thousands of connections, while a normal
 * client goes on asking. Progress goes to standard error, the table to standard output.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { onceAtEnd } from '../../src/compare/measurement/clean-up.js';
import { exitOnSignals } from '../peers/exit-on-signals.js';
import { findProgram } from '../peers/find-program.js';
import { runProgram } from '../peers/program.js';
import { type Arguments, readArguments, USAGE } from './arguments.js';
import { reportOf } from './report.js';
import { type Round, runRound, SMALL_BYTES } from './round.js';
import { LARGE, SMALL } from './slowhttptest.js';

const LARGE_BYTES = 16 * 1024 * 1024;

await runProgram(readArguments, USAGE, main);

async function main(options: Arguments): Promise<number> {
  if (findProgram('slowhttptest') === undefined) {
    throw new Error('slowhttptest is missing: apt-get install slowhttptest');
  }
  exitOnSignals();
  // The sockets of the normal client are this process's own.
  spawnSync('prlimit', ['--pid', String(process.pid), '--nofile=20000:20000']);
  const directory = site();
  const rounds: Round[] = [];
  for (const model of options.models) {
    for (const attack of options.attacks) {
      process.stderr.write(`${model}, ${attack.name}: ${options.seconds} s\n`);
      const round = await runRound(directory, model, attack, options);
      rounds.push(round);
      process.stderr.write(`${reportOf([round])}\n`);
    }
  }
  process.stdout.write(`${reportOf(rounds)}\n`);
  process.stdout.write(
    `Load of the machine at the end: ${loadavg()
      .map((load) => load.toFixed(1))
      .join(', ')}\n`,
  );
  return rounds.some(({ remarks }) => remarks.length > 0) ? 1 : 0;
}

function site(): string {
  const directory = mkdtempSync(join(tmpdir(), 'amped-attack-'));
  onceAtEnd(() => rmSync(directory, { recursive: true, force: true }));
  writeFileSync(join(directory, SMALL), Buffer.alloc(SMALL_BYTES, 'a'));
  writeFileSync(join(directory, LARGE), Buffer.alloc(LARGE_BYTES, 'b'));
  return directory;
}
