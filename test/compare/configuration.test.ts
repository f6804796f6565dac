/** Who can be compared, as it is written, and what it means. */
import { describe, expect, it } from 'vitest';
import { describe as inWords, optionsOf, readConfiguration, whyNot } from '../../src/compare/configuration.js';
import { fewConfigurations, usualConfigurations } from '../../src/compare/usual-configurations.js';
import { readWorkload } from '../../src/compare/workloads/read-workload.js';

const site = readWorkload('site');

describe('an architecture', () => {
  it.each([
    ['event', []],
    ['event/epoll', ['--dispatcher', 'epoll']],
    ['event/io_uring/helpers', ['--dispatcher', 'io_uring', '--disk', 'helpers']],
    ['event/epoll/auto:2', ['--dispatcher', 'epoll', '--disk', 'auto', '--loops', '2']],
    ['thread', ['--model', 'thread', '--workers', String(site.connections)]],
    ['thread:4', ['--model', 'thread', '--workers', '4']],
    ['process/shared:8', ['--model', 'process', '--shared-cache', '--workers', '8']],
  ])('%s is %j', (written, options) => {
    expect(optionsOf(readConfiguration(written), site)).toEqual(options);
  });

  it.each([
    ['evnt', '"evnt" is no architecture: did you mean event?'],
    ['fiber', /^"fiber" is no architecture: write it as one of event\/epoll, /],
    ['event/kqueue', '"event/kqueue" is no architecture: the dispatchers are select, poll, epoll, io_uring.'],
    [
      'event/epoll/tape',
      '"event/epoll/tape" is no architecture: the disk strategies are auto, blocking, helpers, io_uring.',
    ],
    [
      'event/epoll/auto/x',
      '"event/epoll/auto/x" is no architecture: behind event come a dispatcher and a disk strategy.',
    ],
    ['thread/epoll', '"thread/epoll" is no architecture: thread has neither dispatcher nor disk strategy.'],
    ['process/other', '"process/other" is no architecture: behind process comes shared, or nothing.'],
    ['thread:0', '"thread:0" is no architecture: there are 1 to 512 workers.'],
    ['event:999', '"event:999" is no architecture: there are 1 to 256 loops.'],
    ['', /^"" is no architecture/],
  ])('%j is refused', (written, sentence) => {
    expect(() => readConfiguration(written)).toThrow(sentence);
  });

  it('takes no part where it would need more workers than are run', () => {
    const many = { ...site, connections: 1000 };
    expect(whyNot(readConfiguration('thread'), many)).toMatch(/it needs a worker for each of the 1000 connections/);
    expect(whyNot(readConfiguration('thread:16'), many)).toBeUndefined();
    expect(whyNot(readConfiguration('event'), many)).toBeUndefined();
  });

  it('is told in words', () => {
    expect(inWords(readConfiguration('event/epoll/auto:2'), site)).toBe('2 event loops, dispatcher epoll, disk auto');
    expect(inWords(readConfiguration('process/shared:8'), site)).toMatch(
      /^8 processes with one cache in shared memory/,
    );
  });
});

describe('those that are compared where nobody says', () => {
  it('vary one parameter at a time, and have every model', () => {
    const names = usualConfigurations('io_uring').map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(names.slice(0, 4)).toEqual(['event/io_uring', 'event/epoll', 'event/poll', 'event/select']);
    expect(names).toEqual(expect.arrayContaining(['event/io_uring/blocking', 'thread', 'process', 'process/shared']));
  });

  it('have as many loops as a server has processors, where these are several', () => {
    const loops = (names: readonly { name: string }[]): string[] =>
      names.map(({ name }) => name).filter((name) => name.includes(':') && name.startsWith('event'));
    expect(loops(usualConfigurations('io_uring'))).toEqual([]);
    expect(loops(usualConfigurations('io_uring', 4))).toEqual(['event/io_uring:4']);
    expect(loops(fewConfigurations('epoll', 2))).toEqual(['event/epoll:2']);
  });

  it('do without io_uring where the kernel refuses it', () => {
    for (const list of [usualConfigurations('epoll'), fewConfigurations('epoll')]) {
      expect(list.filter(({ name }) => name.includes('io_uring'))).toEqual([]);
      expect(new Set(list.map(({ name }) => name)).size).toBe(list.length);
    }
  });
});
