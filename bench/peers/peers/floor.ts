/**
 * A server that does the least work imaginable, given with --floor: it is called with a port, and answers every
 * request with the same 1 KiB. What others cost above it is what they do.
 */
import type { Peer } from '../peer.js';

const ONE_ANSWER = 'it answers 1 KiB whatever is asked';

/** The floor, from the path of its program. */
export function floor(path: string): Peer {
  return {
    name: 'floor',
    configuration: 'one fixed answer of 1 KiB, no parsing, no limits, no clock',
    install: 'give the path of one with --floor',
    find: () => path,
    command: (program, { port }) => [program, String(port)],
    cannot: { '100kib': ONE_ANSWER, '1mib': ONE_ANSWER, '100mib': ONE_ANSWER, startup: 'it is not a whole server' },
    fixedAnswer: true,
  };
}
