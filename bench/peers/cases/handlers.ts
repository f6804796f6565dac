/** Applications: 'hello' as text, JSON echoed, and thousands of open streams of events. Run where somebody names them. */
import { setTimeout as pause } from 'node:timers/promises';
import { type Case, LOAD_COLUMNS } from '../case.js';
import { DESCRIPTORS } from '../descriptors.js';
import { openEventStreams } from '../event-streams.js';
import { writeText } from '../files.js';
import { measureLoad, warmUp } from '../measure.js';
import { proportionalSetSize, useBetween, useOfTree } from '../process-tree.js';
import { benchFile } from '../project.js';

/** What every one of them answers first, so that it is known to serve: as a file, for it to be compared with. */
const HELLO = { path: '/hello', prepare: (folder: string) => writeText(folder, 'hello', 'hello'.length) };
const COMMON = { ...HELLO, files: 1, onRequest: true, application: true } as const;

const hello: Case = {
  ...COMMON,
  name: 'hello',
  title: "'hello' as text from an application, 64 keep-alive connections",
  columns: LOAD_COLUMNS,
  compared: 'cpu',
  connections: 64,
  async measure(server, times) {
    const load = { path: '/hello', connections: 64 };
    await warmUp(server, load, times);
    return measureLoad(server, load, times);
  },
};

const upload = {
  path: '/echo',
  connections: 16,
  script: [benchFile('wrk', 'json-upload.lua')],
} as const;

const echo: Case = {
  ...COMMON,
  name: 'json-echo',
  title: 'JSON of 1 MiB read and echoed by an application, 16 keep-alive connections',
  columns: [...LOAD_COLUMNS, 'memoryHighest'],
  compared: 'memoryHighest',
  connections: upload.connections,
  async measure(server, times) {
    await warmUp(server, upload, times);
    return measureLoad(server, upload, times, { watchMemory: true });
  },
};

const STREAMS = Math.min(10_000, DESCRIPTORS - 512);
const EVENTS = 10;

const eventStreams: Case = {
  ...COMMON,
  name: 'event-streams',
  title: `${STREAMS} open streams of an application, ${EVENTS} events to each`,
  columns: ['memoryBefore', 'memory', 'memoryHighest', 'bytesPerConnection', 'cpuPerEvent'],
  compared: 'memoryHighest',
  connections: STREAMS,
  async measure(server) {
    const ask = async (path: string) => {
      await (await fetch(`http://127.0.0.1:${server.port}${path}`)).text();
    };
    const memoryBefore = proportionalSetSize(server.pid);
    const streams = await openEventStreams(server.port, '/events', STREAMS);
    try {
      const memory = proportionalSetSize(server.pid);
      const before = useOfTree(server.pid);
      let memoryHighest = memory;
      for (let event = 0; event < EVENTS; event++) {
        await ask('/publish');
        await pause(200);
        memoryHighest = Math.max(memoryHighest, proportionalSetSize(server.pid));
      }
      const use = useBetween(before, useOfTree(server.pid));
      await ask('/end');
      const { events, whole } = await streams.ended;
      // Each has one at its beginning.
      const lost = STREAMS * (EVENTS + 1) - events;
      return {
        ...{ memoryBefore, memory, memoryHighest },
        bytesPerConnection: (memory - memoryBefore) / STREAMS,
        cpuPerEvent: use.cpuMicroseconds / (STREAMS * EVENTS),
        errors: [
          ...(lost === 0 ? [] : [`${lost} events were lost`]),
          ...(whole === STREAMS ? [] : [`${STREAMS - whole} of ${STREAMS} streams broke off`]),
        ],
      };
    } finally {
      streams.close();
    }
  },
};

export const handlers: readonly Case[] = [hello, echo, eventStreams];
