/** Puts its share of numbers into a queue, or takes numbers until all are taken, and marks each that it took. */
import { load, region, say, task } from './sharer.mjs';

const { Queue } = await load('memory/queue.js');
const { queueAt, capacity, puts, first, count, all, arrivedAt, together, takenAt, marksAt } = task;
const { words } = region;
const queue = new Queue(words, queueAt, capacity);

let wrong = 0;
// All begin at the same time, so that they meet.
Atomics.add(words, arrivedAt / 4, 1);
while (Atomics.load(words, arrivedAt / 4) < together);
if (puts) {
  for (let value = first; value < first + count; value++) {
    // What is written before the number is put is to be seen by whoever takes it.
    words[marksAt / 4 + value] = value + 1;
    while (!queue.put(value));
  }
} else {
  while (Atomics.load(words, takenAt / 4) < all) {
    const value = queue.take();
    if (value === -1) continue;
    Atomics.add(words, takenAt / 4, 1);
    // Taken twice, or before it was put: not what was left there.
    if (Atomics.exchange(words, marksAt / 4 + value, 0) !== value + 1) wrong++;
  }
}
say(wrong);
