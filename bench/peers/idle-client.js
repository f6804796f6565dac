/**
 * A client that opens COUNT connections, has one request answered on each, and keeps them.
 * Arguments: PORT PATH COUNT. Reports { open, lost } to its parent; ends when it is killed or its parent is gone.
 * Plain JavaScript, so that it runs from where it is.
 */
import { connect } from 'node:net';

const [port, path, count] = [Number(process.argv[2]), process.argv[3], Number(process.argv[4])];
const request = `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n\r\n`;

/** So many are under way at once: fewer than any server's backlog. */
const UNDER_WAY = 100;

let started = 0;
let open = 0;
let lost = 0;

function start() {
  if (started === count) return;
  started++;
  const socket = connect(port, '127.0.0.1', () => socket.write(request));
  let answered = false;
  socket.on('data', () => {
    if (answered) return;
    answered = true;
    open++;
    start();
    report();
  });
  socket.on('error', () => {});
  socket.on('close', () => {
    lost++;
    if (answered) open--;
    else start();
    report();
  });
}

function report() {
  if (open + lost >= count) process.send({ open, lost });
}

process.on('disconnect', () => process.exit());
for (let number = 0; number < Math.min(UNDER_WAY, count); number++) start();
