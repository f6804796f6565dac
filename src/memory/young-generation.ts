/**
 * How far V8 lets the memory of new objects grow, in this process.
 *
 * It doubles that whenever much of it is still in use when it is full, up to 32 MiB, and collects what has become old late:
 * that serves a program whose objects die soon. While one starts, or holds thousands of things open, what survives stays for
 * long, so that more room for it is only more memory.
 */
import { setFlagsFromString } from 'node:v8';

/** Node's whose V8 is known to have these flags; another would complain. */
const KNOWN = /^(20|22)\./;
const HELD = ['--semi-space-growth-factor=1', '--heap-growing-percent=50'];
/** As they are by themselves. */
const FREE = ['--semi-space-growth-factor=2', '--heap-growing-percent=0'];

/** It stays as it is, and what is old is collected when there is half as much again. */
export function holdYoungGeneration(): void {
  set(HELD);
}

/** It grows as V8 sees fit. */
export function freeYoungGeneration(): void {
  set(FREE);
}

function set(flags: readonly string[]): void {
  if (KNOWN.test(process.versions.node)) for (const flag of flags) setFlagsFromString(flag);
}
