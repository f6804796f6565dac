/**
 * A client with two kinds of connections: some ask for one file again and again, and are measured, first alone and then
 * beside others that read files at random. One process, so that the two do not wait for each other's time slices on the
 * clients' processor: with a wrk each, p99 is that of the scheduler.
 *
 * Arguments: port, path, connections, readers, folders, files in each, seconds to warm up, seconds to measure. Prints
 * JSON: of each time `requests`, and `p50` and `p99` in microseconds; `read`, files that were read beside the second; `errors`.
 */
import { connect } from 'node:net';
import { createHistogram } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';

const [port, path, ...numbers] = process.argv.slice(2);
const [connections, readers, folders, files, warmUp, seconds] = numbers.map(Number);
/** The readers begin before they are counted. */
const LEAD_SECONDS = 1;

let histogram = createHistogram();
let read = 0;
const errors = new Set();
let ending = false;

/** Asks for one file after another on one connection; `next` says which, `done` hears of each that is there. */
function ask(next, done) {
  let head = '';
  let left = 0;
  const socket = connect({
    port: Number(port),
    host: '127.0.0.1',
    onread: {
      buffer: Buffer.allocUnsafe(65_536),
      callback(length, buffer) {
        received(buffer, length);
        return true;
      },
    },
  });
  const send = () => socket.write(`GET ${next()} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n\r\n`);
  const received = (buffer, length) => {
    if (left > 0) {
      left -= length;
    } else {
      head += buffer.latin1Slice(0, Math.min(length, 4096));
      const end = head.indexOf('\r\n\r\n');
      if (end < 0) return;
      if (!head.startsWith('HTTP/1.1 200')) errors.add(head.slice(0, head.indexOf('\r\n')));
      left =
        end + 4 + Number(/\r\ncontent-length: (\d+)/i.exec(head)[1]) - (head.length - Math.min(length, 4096)) - length;
      head = '';
    }
    if (left > 0) return;
    done();
    send();
  };
  socket.on('connect', send);
  socket.on('error', (error) => errors.add(error.message));
  socket.on('close', () => ending || errors.add('a connection was closed'));
}

for (let connection = 0; connection < connections; connection++) {
  let began = 0;
  ask(
    () => {
      began = performance.now();
      return path;
    },
    () => histogram.record(Math.max(1, Math.round((performance.now() - began) * 1000))),
  );
}

await sleep(warmUp * 1000);
const alone = await measured();
for (let reader = 0; reader < readers; reader++) {
  const number = (bound) => Math.floor(Math.random() * bound);
  ask(
    () => `/${number(folders)}/${number(files)}.txt`,
    () => read++,
  );
}
await sleep(LEAD_SECONDS * 1000);
read = 0;
const beside = await measured();
process.stdout.write(`${JSON.stringify({ alone, beside, read, errors: [...errors] })}\n`);
ending = true;
process.exit(0);

async function measured() {
  histogram = createHistogram();
  await sleep(seconds * 1000);
  return { requests: histogram.count, p50: histogram.percentile(50), p99: histogram.percentile(99) };
}
