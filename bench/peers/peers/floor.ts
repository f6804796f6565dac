/**
 * A server that does the least work imaginable, given with --floor: it is called with a port, and answers every
 * request with the same 1 KiB. What others cost above it is what they do.
 */
import type { Peer } from '../peer.js';

/** The cases in which its answer is about what the others answer. */
const OF_ONE_KIBIBYTE = ['1kib', 'browser-head', 'browser-changing', 'idle'];

/** The floor, from the path of its program. */
export function floor(path: string): Peer {
  return {
    name: 'floor',
    configuration: 'one fixed answer of 1 KiB, no parsing, no limits, no clock',
    install: 'give the path of one with --floor',
    find: () => path,
    command: (program, { port }) => [program, String(port)],
    cannot: ({ name }) => (OF_ONE_KIBIBYTE.includes(name) ? undefined : 'it answers 1 KiB whatever is asked'),
    fixedAnswer: true,
  };
}
