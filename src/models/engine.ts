/**
 * How the JavaScript engine of a worker that blocks is told to work. Such a worker is one of many, each with an engine of
 * its own, and its code is one loop that does not end while its connection lasts.
 */

/**
 * V8 options for workers that block, measured with 64 of them on one processor (docs/benchmarks.md):
 * - Without --no-use-osr the loop over the requests of a connection is compiled while it runs, with all that it calls, and
 *   thrown away when the connection ends: up to 5 times the CPU time a request for minutes.
 * - The interrupt budget decides how soon a function is optimised. The default waits for 64 engines to see the same code
 *   for long.
 */
export const BLOCKING_ENGINE = ['--no-use-osr', '--interrupt-budget=16000'] as const;
