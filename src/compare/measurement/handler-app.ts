/**
 * The application of workloads with a handler: it waits, and it computes. What it computes is so much work, found out once on
 * this machine, and not so much time by the clock: where many threads share a processor, time passes also while others work.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Workload } from '../workloads/fields.js';

const CALIBRATION_ROUNDS = 20_000_000;
const WARM_UP_ROUNDS = 2_000_000;

/** What the application does for so many rounds. It stands here as text because it is run elsewhere as well. */
const COMPUTE = `function compute(rounds) {
  let state = 1;
  for (let round = 0; round < rounds; round++) state = (Math.imul(state, 1664525) + 1013904223) | 0;
  return state;
}`;

let roundsPerMillisecond = 0;

/** Writes it to the folder; the answer is its path. */
export function writeHandlerApp(folder: string, workload: Workload): string {
  const { handlerCpuMilliseconds, handlerWaitMilliseconds } = workload;
  if (roundsPerMillisecond === 0) roundsPerMillisecond = calibrate();
  const path = join(folder, 'app.js');
  writeFileSync(
    path,
    `${COMPUTE}

const WAIT_MILLISECONDS = ${handlerWaitMilliseconds};
const ROUNDS = ${Math.round(handlerCpuMilliseconds * roundsPerMillisecond)};

export default {
  async fetch() {
    if (WAIT_MILLISECONDS > 0) await new Promise((resolve) => setTimeout(resolve, WAIT_MILLISECONDS));
    return new Response(ROUNDS > 0 ? String(compute(ROUNDS)) : 'done');
  },
};
`,
  );
  // Beside it, so that it is read as a module.
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }\n');
  return path;
}

function calibrate(): number {
  const compute = new Function(`${COMPUTE}; return compute;`)() as (rounds: number) => number;
  compute(WARM_UP_ROUNDS);
  const began = performance.now();
  compute(CALIBRATION_ROUNDS);
  return CALIBRATION_ROUNDS / (performance.now() - began);
}
