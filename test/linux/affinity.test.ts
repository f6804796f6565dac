/** Processors that threads may run on: those of this process, among them one that has ended meanwhile. */
import type * as files from 'node:fs';
import { expect, it, vi } from 'vitest';
import { allowedProcessors, pinProcess } from '../../src/linux/affinity.js';
import { EINVAL } from '../../src/linux/errno.js';

const ended = vi.hoisted(() => [] as string[]);
vi.mock('node:fs', async (original) => {
  const fs = await original<typeof files>();
  return { ...fs, readdirSync: (path: string) => [...fs.readdirSync(path), ...ended] };
});

it('a thread that has ended meanwhile is no reason to say that there is no such processor', () => {
  const before = allowedProcessors();
  const last = before.at(-1) as number;
  // Above every number that a thread can have.
  ended.push('2147483647');
  expect(pinProcess(last)).toBe(0);
  expect(allowedProcessors()).toEqual([last]);
});

it('one that there is not is refused', () => {
  expect(pinProcess(1023)).toBe(-EINVAL);
  expect(pinProcess(5000)).toBe(-EINVAL);
});
