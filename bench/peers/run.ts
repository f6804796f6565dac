/**
 * Runs the cases. Within a case the servers take turns, one at a time, and every repetition starts each of them anew
 * (A B C A B C): a machine that drifts does so for all of them, and a ratio within a repetition holds.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Case } from './case.js';
import { checkAnswer } from './check-answer.js';
import { temporaryFolder } from './files.js';
import type { Times } from './measure.js';
import type { Sample } from './metrics.js';
import type { Peer } from './peer.js';
import { lockUse, longestStall } from './said-at-the-end.js';
import { startServer } from './server-process.js';

/** A peer whose program is there. */
export interface Contestant {
  readonly peer: Peer;
  readonly program: string;
}

export interface Plan extends Times {
  readonly repeat: number;
  /** Told what is about to be done. */
  readonly progress: (text: string) => void;
}

/** The samples of one server in one case, one a repetition; undefined for a repetition that failed. */
export interface CaseResult {
  readonly peer: string;
  readonly samples: ReadonlyArray<Sample | undefined>;
  /** Why it took no part, or what failed; empty when all went well. */
  readonly remarks: readonly string[];
}

/** Measures all contestants in one case. */
export async function runCase(aCase: Case, contestants: readonly Contestant[], plan: Plan): Promise<CaseResult[]> {
  const folder = temporaryFolder();
  try {
    plan.progress(`${aCase.name}: writing files`);
    const site = join(folder.path, 'site');
    mkdirSync(site);
    await aCase.prepare(site);
    const results = contestants.map(({ peer, program }) => ({
      ...{ peer, program, samples: [] as Array<Sample | undefined>, remarks: new Set<string>() },
    }));
    for (let repetition = 1; repetition <= plan.repeat; repetition++) {
      for (const { peer, program, samples, remarks } of results) {
        const reason = whyNot(aCase, peer);
        if (reason !== undefined) {
          remarks.add(`took no part: ${reason}`);
          continue;
        }
        plan.progress(`${aCase.name}, ${repetition} of ${plan.repeat}: ${peer.name}`);
        const scratch = join(folder.path, `${peer.name}-${repetition}`);
        mkdirSync(scratch, { mode: 0o755 });
        try {
          const sample = await measureOnce(aCase, { peer, program }, site, scratch, plan);
          samples.push(sample);
          for (const error of sample.errors) remarks.add(error);
        } catch (error) {
          samples.push(undefined);
          remarks.add(error instanceof Error ? error.message : String(error));
        }
      }
    }
    return results.map(({ peer, samples, remarks }) => ({ peer: peer.name, samples, remarks: [...remarks] }));
  } finally {
    plan.progress(`${aCase.name}: removing files`);
    folder.remove();
  }
}

function whyNot(aCase: Case, peer: Peer): string | undefined {
  if (aCase.application !== peer.application) return peer.application ? 'it serves no files' : 'it serves files alone';
  if (aCase.slowDisk && !peer.slowsDisk) return 'its disk cannot be made slow';
  return peer.cannot?.(aCase);
}

async function measureOnce(
  aCase: Case,
  { peer, program }: Contestant,
  directory: string,
  scratch: string,
  times: Times,
): Promise<Sample> {
  const service = { directory, scratch, demand: aCase };
  const server = await startServer(peer, program, service, aCase.path);
  try {
    if (!peer.fixedAnswer && aCase.name !== 'startup') await checkAnswer(server.port, directory, aCase.path);
    const sample = await aCase.measure(server, times);
    await server.stop();
    return { ...sample, ...lockUse(server.said()), ...longestStall(server.said()) };
  } finally {
    await server.stop();
    aCase.after?.(directory);
  }
}
