/**
 * What is recorded of a thread of control: each kind of slice by its number, with the name and the category that it has in a
 * trace. Numbers stand in shared memory, names only in the file.
 */

/** Nothing that is worth a slice. */
export const NOTHING = 0;

// Waiting: the kernel runs others meanwhile.
export const WAIT_FOR_EVENTS = 1;
export const WAIT_IN_ACCEPT = 2;
export const WAIT_IN_RECV = 3;
export const WAIT_IN_SEND = 4;
export const WAIT_IN_SENDFILE = 5;
export const WAIT_WITH_NODE = 6;
export const WAIT_FOR_LOCK = 7;

// Events, as the dispatcher hands them over; of a worker that blocks: what it does when a call has returned.
export const ACCEPT = 8;
export const RECEIPT = 9;
export const SENT = 10;
export const DISK_READ = 11;
export const TIMER = 12;
export const WAKE_UP = 13;
export const ROOM_TO_SEND = 14;
export const NEXT_REQUEST = 15;

// Handlers, and what else runs.
export const STATIC_SITE = 16;
export const APPLICATION = 17;
export const NODE_LOOP = 18;
export const COLLECTION = 19;

/** A share of a file goes out: sendfile(2), which may wait for the disk. */
export const SEND_FILE = 33;

/** What is asked of the disk, in the order of disk/disk.ts: whoever asks waits for it. */
export const DISK_OPEN = 20;
export const DISK_LOOK = 21;
export const DISK_READ_NOW = 22;
export const DISK_WARM = 23;
export const DISK_LIST = 24;
/** To be added to these: it has only been asked for, and its completion is an event. */
export const ASKED = 8;

/** No slice: what a request asks for, in the place of both times. */
export const TARGET = 40;

export interface SliceKind {
  readonly name: string;
  readonly category: 'wait' | 'event' | 'handler' | 'disk' | 'node' | 'gc';
  /** What its argument is, if anything. */
  readonly argument?: 'socket' | 'file' | 'listener' | 'descriptor' | 'events';
}

const KINDS: Readonly<Record<number, SliceKind>> = {
  [WAIT_FOR_EVENTS]: { name: 'wait for events', category: 'wait', argument: 'events' },
  [WAIT_IN_ACCEPT]: { name: 'wait in accept', category: 'wait' },
  [WAIT_IN_RECV]: { name: 'wait in recv', category: 'wait', argument: 'socket' },
  [WAIT_IN_SEND]: { name: 'wait in send', category: 'wait', argument: 'socket' },
  [WAIT_IN_SENDFILE]: { name: 'wait in sendfile', category: 'wait', argument: 'socket' },
  [WAIT_WITH_NODE]: { name: "wait with Node's own loop", category: 'wait', argument: 'socket' },
  [WAIT_FOR_LOCK]: { name: 'wait for the lock', category: 'wait' },
  [ACCEPT]: { name: 'accept', category: 'event', argument: 'listener' },
  [RECEIPT]: { name: 'receipt of a request', category: 'event', argument: 'socket' },
  [SENT]: { name: 'completion of a send', category: 'event', argument: 'socket' },
  [DISK_READ]: { name: 'completion of a disk read', category: 'event' },
  [TIMER]: { name: 'timer', category: 'event', argument: 'socket' },
  [WAKE_UP]: { name: 'wake-up', category: 'event', argument: 'descriptor' },
  [ROOM_TO_SEND]: { name: 'room to send', category: 'event', argument: 'socket' },
  [NEXT_REQUEST]: { name: 'next request', category: 'event' },
  [STATIC_SITE]: { name: 'static site', category: 'handler' },
  [APPLICATION]: { name: 'application', category: 'handler' },
  [NODE_LOOP]: { name: "Node's own loop", category: 'node' },
  [COLLECTION]: { name: 'garbage collection', category: 'gc' },
  [SEND_FILE]: { name: 'sendfile', category: 'disk', argument: 'socket' },
  [DISK_OPEN]: { name: 'open', category: 'disk' },
  [DISK_LOOK]: { name: 'look', category: 'disk' },
  [DISK_READ_NOW]: { name: 'read', category: 'disk', argument: 'file' },
  [DISK_WARM]: { name: 'warm', category: 'disk', argument: 'file' },
  [DISK_LIST]: { name: 'list', category: 'disk' },
  [DISK_OPEN + ASKED]: { name: 'ask for open', category: 'disk' },
  [DISK_LOOK + ASKED]: { name: 'ask for look', category: 'disk' },
  [DISK_READ_NOW + ASKED]: { name: 'ask for read', category: 'disk', argument: 'file' },
  [DISK_WARM + ASKED]: { name: 'ask for warm', category: 'disk', argument: 'file' },
  [DISK_LIST + ASKED]: { name: 'ask for list', category: 'disk' },
};

/** undefined for a number that nothing has: of a record that was half written when it was read. */
export function sliceKindOf(number: number): SliceKind | undefined {
  return KINDS[number];
}
