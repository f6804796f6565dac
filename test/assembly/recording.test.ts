/** Recordings that somebody asks for, of a server that serves nobody. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Recording } from '../../src/assembly/recording.js';
import { SharedMemory } from '../../src/assembly/shared-memory.js';
import { completeOptions } from '../../src/config/options.js';

const LONG = 3_600_000;

let memory: SharedMemory;
let recording: Recording;

beforeEach(() => {
  const options = completeOptions({ model: 'event' });
  memory = SharedMemory.create(options);
  recording = new Recording(options, memory, () => {});
});

afterEach(async () => {
  await recording.end();
  memory.region.destroy();
});

it('for whoever has gone before it began there is none, and the next one gets his', async () => {
  expect(await recording.take(LONG, AbortSignal.abort())).toBeUndefined();
  expect(memory.traceSwitch.on).toBe(false);
  const gone = new AbortController();
  const taken = recording.take(LONG, gone.signal);
  expect(memory.traceSwitch.on).toBe(true);
  gone.abort();
  expect([...((await taken) ?? [])].join('')).toContain('"traceEvents"');
  expect(memory.traceSwitch.on).toBe(false);
});
