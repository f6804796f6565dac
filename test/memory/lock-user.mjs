/** Takes a lock again and again and counts in memory that nothing else guards; or takes it once and dies with it. */
import { load, region, say, task } from './sharer.mjs';

const { Lock } = await load('memory/lock.js');
const { owner, lockAt, counterAt, times, dies } = task;
const lock = new Lock(region, lockAt);
const { words } = region;

if (dies) {
  lock.acquire(owner);
  say(owner);
} else {
  let broken = false;
  for (let time = 0; time < times; time++) {
    lock.acquire(owner);
    broken ||= lock.broken;
    const before = words[counterAt];
    // Others have their chance to do wrong in between.
    for (let step = 0; step < 20; step++) Atomics.load(words, counterAt);
    words[counterAt] = before + 1;
    lock.release();
  }
  say(broken);
}
