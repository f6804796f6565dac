/** A worker that publishes, finds and looks at answers of which every byte follows from the key and the second. */
import { load, region, say, task } from '../memory/sharer.mjs';

const { SharedCache } = await load('site/shared-cache.js');
const { user, users, heapBytes, scratchAt, operations, guarded, startAt, progressAt, seed } = task;

const NO_LOCK = {
  acquire() {},
  release() {},
  bury() {},
  spoil() {},
  broken: false,
  mended() {},
  counts: { acquisitions: 0, contended: 0, waitedMilliseconds: 0 },
};
const KEYS = 24;
const SECONDS = 3;
const LONGEST = 3_000;

const cache = new SharedCache(region, 0, heapBytes, users, user, guarded ? undefined : NO_LOCK);
const { bytes, words } = region;
const paths = Array.from({ length: KEYS }, (_, key) => new Uint8Array(Buffer.from(`/file-${key}`)));

let random = seed + user;
function below(limit) {
  random = (Math.imul(random, 1_103_515_245) + 12_345) & 0x7fff_ffff;
  return (random >> 8) % limit;
}

const lengthOf = (key, second) => 1 + ((key * 977 + second * 613) % LONGEST);
const byteOf = (key, second, at) => (key * 31 + second * 101 + at * 7) & 255;

function publish(key, second) {
  const length = lengthOf(key, second);
  for (let at = 0; at < length; at++) bytes[scratchAt + at] = byteOf(key, second, at);
  const from = { offset: scratchAt, length, headLength: length, dateAt: -1, status: 200 };
  return cache.publish(paths[key], 0, paths[key].length, 0, second, from);
}

/** How many of the bytes that were found are wrong. */
function look(key, second) {
  const length = lengthOf(key, second);
  let wrong = cache.length === length && cache.headLength === length ? 0 : 1;
  for (let at = 0; at < length; at++) if (bytes[cache.offset + at] !== byteOf(key, second, at)) wrong++;
  return wrong;
}

const said = { finds: 0, hits: 0, published: 0, wrong: 0, errors: 0 };
Atomics.add(words, startAt, -1);
while (Atomics.load(words, startAt) > 0);
for (let operation = 0; operation < operations; operation++) {
  const key = below(KEYS);
  const second = below(SECONDS);
  try {
    said.finds++;
    if (cache.find(paths[key], 0, paths[key].length, 0, second)) {
      said.hits++;
      // Twice: it may go wrong while it is held.
      said.wrong += look(key, second) + look(key, second);
      cache.release();
    } else if (publish(key, second)) {
      said.published++;
    }
  } catch {
    said.errors++;
    cache.release();
  }
  Atomics.store(words, progressAt + user, operation);
}
say(said);
