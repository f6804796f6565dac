/**
 * Who is compared where nobody says: one parameter varied at a time. First the dispatchers with the disk strategy `auto`, then
 * the disk strategies with the best dispatcher, then the other architectures with as many workers as there are connections.
 */
import { type Configuration, readConfiguration } from './configuration.js';

/** @param best the dispatcher that `auto` takes here. */
export function usualConfigurations(best: string): Configuration[] {
  const dispatchers = ['io_uring', 'epoll', 'poll', 'select'].filter((name) => name !== 'io_uring' || best === name);
  return [
    ...dispatchers.map((name) => `event/${name}`),
    `event/${best}/helpers`,
    `event/${best}/blocking`,
    'thread',
    'process',
    'process/shared',
  ].map(readConfiguration);
}

/** The fewest that still show every architecture, for a first look and for CI. */
export function fewConfigurations(best: string): Configuration[] {
  return [...new Set([`event/${best}`, 'event/epoll', 'thread:4', 'process:4'])].map(readConfiguration);
}
