/** The two loops: Node's own goes on under every dispatcher, and an idle server does not spin. */
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { chooseDispatcher } from '../../src/dispatcher/choose.js';
import { DISPATCHER_NAMES, type Dispatcher, noEvents } from '../../src/dispatcher/dispatcher.js';
import { NodeLoopHost, type TurningDispatcher } from '../../src/dispatcher/node-loop.js';
import { Arena } from '../../src/memory/arena.js';

describe.each(DISPATCHER_NAMES)('Node under %s', (name) => {
  let arena: Arena;
  let dispatcher: Dispatcher;
  let host: NodeLoopHost;

  beforeEach(() => {
    arena = new Arena(16 * 1024 * 1024);
    ({ dispatcher } = chooseDispatcher(name, arena));
    host = new NodeLoopHost(dispatcher);
    host.start();
  });

  afterEach(() => {
    host.stop();
    dispatcher.destroy();
    arena.destroy();
  });

  it('fires timers in their order', async () => {
    const order: number[] = [];
    const after = (milliseconds: number): Promise<void> =>
      new Promise((resolve) =>
        setTimeout(() => {
          order.push(milliseconds);
          resolve();
        }, milliseconds),
      );
    await Promise.all([after(30), after(1), after(15)]);
    expect(order).toEqual([1, 15, 30]);
  });

  it('continues promises and immediates', async () => {
    await Promise.resolve();
    await new Promise<void>((resolve) => setImmediate(resolve));
    await new Promise<void>((resolve) => process.nextTick(resolve));
  });

  it('reads files with Node', async () => {
    expect((await readFile('package.json', 'utf8')).length).toBeGreaterThan(0);
  });

  it('hears signals', async () => {
    const heard = new Promise<void>((resolve) => process.once('SIGUSR2', () => resolve()));
    process.kill(process.pid, 'SIGUSR2');
    await heard;
  });

  it('fetches from a server of Node in the same thread', async () => {
    const server = createServer((_request, response) => response.end('hello'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const response = await fetch(`http://127.0.0.1:${port}/`, { headers: { connection: 'close' } });
    expect(await response.text()).toBe('hello');
    await new Promise<void>((resolve) => server.close(() => resolve()));
  });

  it('takes few turns when there is nothing to do', async () => {
    await new Promise((resolve) => setTimeout(resolve, 20));
    const before = dispatcher.counts.turns;
    await new Promise((resolve) => setTimeout(resolve, 300));
    // The test runner has timers of its own, and the last millisecond before a timer may take many short waits; a loop
    // that spins takes tens of thousands.
    expect(dispatcher.counts.turns - before).toBeLessThan(1_000);
  });
});

it.each([
  [undefined, [0, 16, 32]],
  [40, [0, 40, 80]],
])('with turnsPerRound %s Node has its turns after %j of ours', async (turnsPerRound, expected) => {
  let turns = 0;
  const before: number[] = [];
  const dispatcher: TurningDispatcher = {
    ...{ clock: 0, counts: noEvents(), watch: () => {}, unwatch: () => {} },
    ...(turnsPerRound !== undefined && { turnsPerRound }),
    turn: () => turns++,
  };
  await new Promise<void>((resolve) => {
    const timeout = (): number => {
      before.push(turns);
      if (before.length === 3) {
        host.stop();
        resolve();
      }
      return -1;
    };
    const host = new NodeLoopHost(dispatcher, () => false, undefined, { descriptor: 0, timeout });
    host.start();
  });
  expect(before).toEqual(expected);
});
