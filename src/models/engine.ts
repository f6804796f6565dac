/**
 * How the JavaScript engine of a worker that blocks is told to work. Such a worker is one of many, each with an engine of
 * its own, and its code is one loop that does not end while its connection lasts.
 */

/** V8's major version. */
const FIRST_WITHOUT_BUDGET = 12;

/**
 * V8 options for workers that block, found with 64 of them on one processor:
 * - With on-stack replacement the loop over the requests of a connection is compiled while it runs, with all that it calls,
 *   and thrown away when the connection ends, again and again.
 * - The compiler's own threads would get one part in 65 of the processor; in the worker itself a function is compiled when
 *   it is that worker's turn.
 * - The interrupt budget decides how soon a function is compiled. By default 64 engines wait for a minute under full load.
 */
export const BLOCKING_ENGINE: readonly string[] = [
  ...['--no-use-osr', '--no-concurrent-recompilation'],
  ...(knowsInterruptBudget() ? ['--interrupt-budget=8000'] : []),
];

/** Node does not start with an option that its V8 does not have: this one is gone with Node 22's. */
function knowsInterruptBudget(): boolean {
  return Number.parseInt(process.versions.v8, 10) < FIRST_WITHOUT_BUDGET;
}
