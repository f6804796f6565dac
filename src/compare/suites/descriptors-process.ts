/**
 * Measures turns of each dispatcher: a process of its own, on its processor. Eventfds are watched; before a turn some of them
 * are signalled, and their handlers take the signal. Only the turn is timed.
 */

import { chooseDispatcher } from '../../dispatcher/choose.js';
import { DISPATCHER_NAMES, type Dispatcher } from '../../dispatcher/dispatcher.js';
import { createEventfd, drainEventfd, signalEventfd } from '../../linux/eventfd.js';
import { close } from '../../linux/sockets.js';
import { Arena } from '../../memory/arena.js';
import { medianOf } from '../results/statistics.js';
import type { DescriptorsLine, DescriptorsTask } from './descriptors.js';

const ARENA_BYTES = 32 * 1024 * 1024;
const WARM_UP_TURNS = 200;
const FEWEST_TURNS = 5;

const task = JSON.parse(process.argv[2] as string) as DescriptorsTask;

function say(line: DescriptorsLine): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

for (const count of task.counts) measureCount(count);

/** All dispatchers watch as many at once, and take turns. */
function measureCount(count: number): void {
  const descriptors: number[] = [];
  while (descriptors.length < count) {
    const descriptor = createEventfd();
    if (descriptor < 0) break;
    descriptors.push(descriptor);
  }
  try {
    if (descriptors.length < count) {
      say({ remark: `${count.toLocaleString('en')} descriptors were more than this process may have: not measured.` });
      return;
    }
    for (let repetition = 0; repetition < task.repetitions; repetition++) {
      for (const name of DISPATCHER_NAMES) measureDispatcher(name, descriptors, repetition === 0);
    }
  } finally {
    for (const descriptor of descriptors) close(descriptor);
  }
}

function measureDispatcher(
  name: (typeof DISPATCHER_NAMES)[number],
  descriptors: readonly number[],
  first: boolean,
): void {
  const arena = new Arena(ARENA_BYTES);
  let dispatcher: Dispatcher;
  try {
    ({ dispatcher } = chooseDispatcher(name, arena));
  } catch (error) {
    arena.destroy();
    if (first && descriptors.length === task.counts[0]) say({ remark: (error as Error).message });
    return;
  }
  let handled = 0;
  for (const descriptor of descriptors) {
    dispatcher.watch(descriptor, (ready) => {
      handled++;
      drainEventfd(ready);
    });
  }
  // Those that are ready lie evenly among the others, the last one with them.
  const stride = descriptors.length / task.active;
  const active = Array.from(
    { length: task.active },
    (_, index) => descriptors[Math.ceil((index + 1) * stride) - 1] as number,
  );
  const turn = (): number => {
    for (const descriptor of active) signalEventfd(descriptor);
    handled = 0;
    const began = performance.now();
    // io_uring may need a second one, when the kernel has not yet told.
    while (handled < active.length) dispatcher.turn(-1);
    return performance.now() - began;
  };
  const until = performance.now() + task.milliseconds;
  for (let warm = 0; warm < WARM_UP_TURNS && performance.now() < until; warm++) turn();
  // The median of the turns: now and then one is interrupted by something else.
  const turns: number[] = [];
  const end = performance.now() + task.milliseconds;
  while (turns.length < FEWEST_TURNS || performance.now() < end) turns.push(turn());
  say({ dispatcher: name, watched: descriptors.length, seconds: (medianOf(turns) as number) / 1000 });
  for (const descriptor of descriptors) dispatcher.unwatch(descriptor);
  dispatcher.destroy();
  arena.destroy();
}
