/**
 * What open streams of events need of Node alone: as many ReadableStreams as are given (10000), each with somebody who reads
 * it and a controller by which events are sent to all, but no server, no connections and no requests.
 *
 * node docs/programs/memory-of-streams.js [COUNT]
 */
import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';

const COUNT = Number(process.argv[2] ?? 10_000);
const EVENTS = 10;
const encoder = new TextEncoder();
const controllers = [];
let received = 0;

console.log(`Node before: ${proportionalSetSize()} MiB`);
for (let number = 0; number < COUNT; number++) {
  const stream = new ReadableStream({
    start(controller) {
      controllers.push(controller);
      controller.enqueue(encoder.encode('data: begun\n\n'));
    },
  });
  follow(stream.getReader());
}
await pause(200);
console.log(`${COUNT} streams open: ${proportionalSetSize()} MiB`);

let most = 0;
for (let event = 0; event < EVENTS; event++) {
  for (const controller of controllers) controller.enqueue(encoder.encode(`data: ${new Date().toISOString()}\n\n`));
  await pause(200);
  most = Math.max(most, proportionalSetSize());
}
console.log(`at most, while ${EVENTS} events go to each: ${most} MiB; ${received} events received`);

function follow(reader) {
  reader.read().then(() => {
    received++;
    follow(reader);
  });
}

/** Memory in MiB, of which what is shared with others counts in part. */
function proportionalSetSize() {
  const [, kibibytes] = /^Pss:\s+(\d+)/m.exec(readFileSync('/proc/self/smaps_rollup', 'utf8'));
  return Math.round(Number(kibibytes) / 1024);
}
