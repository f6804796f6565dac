/** What changes in directories: inotify(7). */
import { EAGAIN, EINTR } from './errno.js';
import { checked, native, view } from './library.js';
import { mapAnonymous } from './memory.js';
import { INOTIFY_ADD_WATCH, INOTIFY_RM_WATCH, made, READ } from './system-calls.js';

const IN_NONBLOCK = 0x800;
const IN_CLOEXEC = 0x80000;

export const IN_MODIFY = 0x2;
export const IN_ATTRIB = 0x4;
export const IN_CLOSE_WRITE = 0x8;
export const IN_MOVED_FROM = 0x40;
export const IN_MOVED_TO = 0x80;
export const IN_CREATE = 0x100;
export const IN_DELETE = 0x200;
export const IN_DELETE_SELF = 0x400;
export const IN_MOVE_SELF = 0x800;
/** Events were lost: anything may have changed. */
export const IN_Q_OVERFLOW = 0x4000;
/** The watch has ended: its directory is gone, or it was removed. */
export const IN_IGNORED = 0x8000;
/** With an event: it is about a directory. */
export const IN_ISDIR = 0x40000000;
export const IN_ONLYDIR = 0x1000000;

// struct inotify_event: wd, mask, cookie, len, then the name, padded with NULs.
const EVENT_MASK = 4;
const EVENT_LENGTH = 12;
const EVENT_NAME = 16;

/** Room for at least one event: its name has at most 255 bytes and a NUL. */
const BUFFER_BYTES = 16_384;

const inotifyInit = native<[number]>('int inotify_init1(int flags)');
const inotifyAdd = native<[number, string, number]>('int inotify_add_watch(int fd, str path, uint32_t mask)');
const inotifyRemove = native<[number, number]>('int inotify_rm_watch(int fd, int wd)');
const read3 = native<[number, number, number]>('int64_t read(int fd, int64_t buffer, size_t count)');

let buffer = 0;
let memory = new DataView(new ArrayBuffer(0));

/** A new instance, non-blocking: a descriptor or -errno (EMFILE: the user has too many, 128 by default). */
export function createInotify(): number {
  if (buffer === 0) {
    buffer = mapAnonymous(BUFFER_BYTES);
    memory = new DataView(view(buffer, BUFFER_BYTES));
  }
  return checked(inotifyInit(IN_NONBLOCK | IN_CLOEXEC));
}

/** Watches what `path` leads to: a watch number, the same for the same directory, or -errno (ENOSPC: too many). */
export function addWatch(inotify: number, path: string, mask: number): number {
  return made(INOTIFY_ADD_WATCH, inotifyAdd(inotify, path, mask));
}

export function removeWatch(inotify: number, watch: number): number {
  return made(INOTIFY_RM_WATCH, inotifyRemove(inotify, watch));
}

/** Told of one event; `name` is '' when it is about the directory itself, `watch` -1 with IN_Q_OVERFLOW. */
export type EventListener = (watch: number, mask: number, name: string) => void;

/** Reads all events that wait, in order: 0 or -errno. */
export function readEvents(inotify: number, listener: EventListener): number {
  for (;;) {
    const length = made(READ, read3(inotify, buffer, BUFFER_BYTES));
    if (length === -EINTR) continue;
    if (length <= 0) return length === -EAGAIN ? 0 : length;
    for (const event of parseEvents(length)) listener(event.watch, event.mask, event.name);
  }
}

/** All of them before the first is told: a listener may lead to another read. */
function parseEvents(length: number): { watch: number; mask: number; name: string }[] {
  const events = [];
  for (let at = 0; at < length; ) {
    const nameLength = memory.getUint32(at + EVENT_LENGTH, true);
    const name = Buffer.from(memory.buffer, at + EVENT_NAME, nameLength).toString('utf8');
    const end = name.indexOf('\0');
    events.push({
      watch: memory.getInt32(at, true),
      mask: memory.getUint32(at + EVENT_MASK, true),
      name: end < 0 ? name : name.slice(0, end),
    });
    at += EVENT_NAME + nameLength;
  }
  return events;
}
