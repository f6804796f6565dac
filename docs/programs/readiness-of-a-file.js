/**
 * Readiness says nothing about disks: epoll(7) refuses a regular file, and poll(2) calls one ready also when none of it is
 * in memory, so that whoever then reads it waits.
 *
 * After `npm start` has installed the packages: node docs/programs/readiness-of-a-file.js
 */
import { closeSync, fsyncSync, openSync, readSync, rmSync, writeFileSync } from 'node:fs';
import koffi from 'koffi';

const libc = koffi.load(null);
koffi.struct('pollfd', { fd: 'int', events: 'short', revents: 'short' });
koffi.pack('epoll_event', { events: 'uint32_t', data: 'uint64_t' });
const epollCreate = libc.func('int epoll_create1(int flags)');
const epollControl = libc.func('int epoll_ctl(int epoll, int operation, int fd, epoll_event *event)');
const poll = libc.func('int poll(_Inout_ pollfd *descriptors, unsigned long count, int timeout)');
const advise = libc.func('int posix_fadvise(int fd, int64_t offset, int64_t length, int advice)');

const EPOLL_CTL_ADD = 1;
const EPOLLIN = 1;
const POLLIN = 1;
const POSIX_FADV_DONTNEED = 4;
const BYTES = 1_048_576;

const path = `/var/tmp/readiness-${process.pid}`;
writeFileSync(path, Buffer.alloc(BYTES, 'x'));
const file = openSync(path, 'r');
try {
  const epoll = epollCreate(0);
  const added = epollControl(epoll, EPOLL_CTL_ADD, file, { events: EPOLLIN, data: 0 });
  const error = added === 0 ? 'no error' : nameOf(koffi.errno());
  console.log(`epoll_ctl(EPOLL_CTL_ADD) of a regular file: ${error}`);
  closeSync(epoll);

  for (const state of ['cold', 'in memory']) {
    if (state === 'cold') evict();
    const descriptors = { fd: file, events: POLLIN, revents: 0 };
    const ready = poll(descriptors, 1, 0);
    const answer = ready === 1 && (descriptors.revents & POLLIN) !== 0 ? 'ready to be read' : 'not ready';
    const began = process.hrtime.bigint();
    readSync(file, Buffer.allocUnsafe(BYTES), 0, BYTES, 0);
    const microseconds = Number(process.hrtime.bigint() - began) / 1000;
    console.log(`poll of the file, ${state}: ${answer}; to read 1 MiB of it took ${microseconds.toFixed(0)} us`);
  }
} finally {
  closeSync(file);
  rmSync(path);
}

/** Puts the file out of the kernel's page cache. */
function evict() {
  fsyncSync(file);
  advise(file, 0, 0, POSIX_FADV_DONTNEED);
}

function nameOf(errno) {
  return Object.entries(koffi.os.errno).find(([, number]) => number === errno)?.[0] ?? String(errno);
}
