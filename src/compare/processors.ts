/** What a comparison says of the processors that it had: for how many it holds, who shared them, and who could not use them. */
import type { Configuration } from './configuration.js';
import { areShared, type Cores } from './measurement/cores.js';

/** From so many on the servers could have more than one, and the client still one of its own. */
const SEVERAL = 3;

export interface OfProcessors {
  readonly cores: Cores;
  /** How many there are to be used. */
  readonly usable: number;
  /** How many the servers were to have, where somebody has said so. */
  readonly asked: number | undefined;
  readonly configurations: readonly Configuration[];
}

/** What somebody should know beforehand, a sentence each. */
export function processorRemarks({ cores, usable, asked, configurations }: OfProcessors): string[] {
  const has = Math.max(1, cores.server.length);
  const crowded = configurations.filter(({ model, count = 1 }) => model === 'event' && count > has);
  return [
    ...(areShared(cores) && has > 1
      ? [`Servers and load client shared all ${has} processors: what the client took the servers did not have.`]
      : []),
    ...(asked === undefined && usable >= SEVERAL && cores.server.length > 0
      ? [
          `Each server had one of ${usable} processors: --processors ${usable - 1} compares with more of them, and with loops.`,
        ]
      : []),
    ...crowded.map(
      ({ name, count = 1 }) =>
        `${name} had ${count} loops on ${written(has)}: --processors says how many processors each server gets.`,
    ),
  ];
}

/** How they were measured. */
export function orderOf(cores: Cores): string {
  const has = cores.server.length;
  const own = has > 1 ? `${has} processors` : 'a processor';
  const whose = areShared(cores) ? `${own}, which the load client shared` : `${own} of its own`;
  const place = has === 0 ? 'was started fresh' : `was started fresh and had ${whose}`;
  return `Each server ${place}; then they took turns (A B C A B C), so that a machine that drifts does so for all of them.`;
}

function written(processors: number): string {
  return processors === 1 ? 'one processor' : `${processors} processors`;
}
