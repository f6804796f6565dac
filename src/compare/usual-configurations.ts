/**
 * Who is compared where nobody says: one parameter varied at a time. First the dispatchers with the disk strategy `auto`, then
 * the disk strategies with the best dispatcher, then the other architectures with as many workers as there are connections.
 * Where the servers have several processors, also as many loops.
 */
import { type Configuration, readConfiguration } from './configuration.js';

/** @param best the dispatcher that `auto` takes here. @param processors how many each server has. */
export function usualConfigurations(best: string, processors = 1): Configuration[] {
  const dispatchers = ['io_uring', 'epoll', 'poll', 'select'].filter((name) => name !== 'io_uring' || best === name);
  return [
    ...dispatchers.map((name) => `event/${name}`),
    ...loops(best, processors),
    `event/${best}/helpers`,
    `event/${best}/blocking`,
    'thread',
    'process',
    'process/shared',
  ].map(readConfiguration);
}

/** The fewest that still show every architecture, for a first look and for CI. */
export function fewConfigurations(best: string, processors = 1): Configuration[] {
  const names = [`event/${best}`, 'event/epoll', ...loops(best, processors), 'thread:4', 'process:4'];
  return [...new Set(names)].map(readConfiguration);
}

/** One loop uses one processor. */
function loops(best: string, processors: number): string[] {
  return processors > 1 ? [`event/${best}:${processors}`] : [];
}
