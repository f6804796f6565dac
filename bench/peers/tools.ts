/** The programs without which nothing can be measured. */
import { findProgram } from './find-program.js';

const TOOLS: ReadonlyArray<readonly [program: string, install: string]> = [
  ['wrk', 'apt-get install wrk'],
  ['taskset', 'apt-get install util-linux'],
];

/** What is missing, a line each with how to install it; empty when all is there. */
export function missingTools(): string[] {
  return TOOLS.filter(([program]) => findProgram(program) === undefined).map(
    ([program, install]) => `${program} is missing: ${install}`,
  );
}
