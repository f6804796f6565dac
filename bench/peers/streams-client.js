/**
 * A client that opens COUNT streams of events and counts what comes of each, to the end that the server tells.
 * Arguments: PORT PATH COUNT. Reports { open } to its parent when all have begun, and { events, whole } when all have ended:
 * the events of all, and how many streams came to their end; ends when it is killed or its parent is gone.
 */
import { connect } from 'node:net';

const [port, path, count] = [Number(process.argv[2]), process.argv[3], Number(process.argv[4])];
const request = `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nAccept: text/event-stream\r\n\r\n`;
/** So many are under way at once: fewer than any server's backlog. */
const UNDER_WAY = 100;
const EVENT = 'data: ';
const LAST_CHUNK = '0\r\n\r\n';

let started = 0;
let open = 0;
let closed = 0;
let events = 0;
let whole = 0;

function start() {
  if (started === count) return;
  started++;
  let tail = '';
  let begun = false;
  let over = false;
  const socket = connect(port, '127.0.0.1', () => socket.write(request));
  const end = () => {
    if (over) return;
    over = true;
    closed++;
    if (!begun) start();
    if (closed === count) process.send({ events, whole });
  };
  socket.setEncoding('latin1').on('data', (text) => {
    // A word may come in two pieces.
    const all = tail + text;
    for (let at = all.indexOf(EVENT); at >= 0; at = all.indexOf(EVENT, at + 1)) {
      events++;
      if (begun) continue;
      begun = true;
      open++;
      start();
      if (open + closed >= count) process.send({ open });
    }
    const last = all.lastIndexOf(EVENT);
    tail = all.slice(Math.max(all.length - EVENT.length + 1, last < 0 ? 0 : last + 1));
    if (!all.endsWith(LAST_CHUNK)) return;
    whole++;
    end();
    socket.destroy();
  });
  socket.on('error', () => {});
  socket.on('close', end);
}

process.on('disconnect', () => process.exit());
for (let number = 0; number < Math.min(UNDER_WAY, count); number++) start();
