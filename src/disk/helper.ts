/**
 * What a disk helper runs: a thread that takes one request at a time, waits for the disk so that the loop need not, and
 * says what came of it. It ends when it is told to. An error that it does not expect ends it too, and only its request
 * fails: the loop sees which one it had in hand.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { EINTR, EIO } from '../linux/errno.js';
import { readAt } from '../linux/files.js';
import { countSystemCallsIn } from '../linux/system-calls.js';
import { BlockingDisk } from './blocking.js';
import { DiskOperation } from './disk.js';
import {
  HelperMemory,
  type HelperTask,
  type Kind,
  LIST,
  type Listed,
  LOOK,
  OPEN,
  READ,
  SCRATCH_BYTES,
} from './helper-memory.js';

const task = workerData as HelperTask | null;
if (task === null || parentPort === null) throw new Error('This is started by Amped itself, not by hand.');
help(task, parentPort);

function help(task: HelperTask, port: NonNullable<typeof parentPort>): void {
  const { number, place, eventfd, latencyMilliseconds, errorRate, crashRate } = task;
  const memory = new HelperMemory(task.base, task.helpers);
  const scratch = memory.scratch(place);
  // Threads have one address space: offsets are addresses.
  const disk = new BlockingDisk({ base: 0 });
  const operation = new DiskOperation({ diskCompleted: () => {} });
  countSystemCallsIn(memory.calls(place));
  memory.begin(place);
  for (let slot = memory.next(number); slot !== -1; slot = memory.next(number)) {
    const kind = memory.readRequest(slot, operation);
    memory.begun(slot, number);
    if (latencyMilliseconds > 0) memory.pause(latencyMilliseconds);
    // Before it is done: nothing that the request opens may be lost.
    if (Math.random() < crashRate) throw new Error('A crash that was asked for.');
    if (Math.random() < errorRate) operation.result = -EIO;
    else carryOut(disk, kind, operation, scratch);
    memory.ended(slot);
    if (kind === LIST && operation.result >= 0) {
      // What a directory holds has no bounds. The loop takes the message for the completion.
      port.postMessage({ slot, entries: operation.entries } satisfies Listed);
    } else {
      memory.complete(slot, kind, operation, eventfd);
    }
  }
}

function carryOut(disk: BlockingDisk, kind: Kind, operation: DiskOperation, scratch: number): void {
  if (kind === OPEN) disk.open(operation);
  else if (kind === LOOK) disk.look(operation);
  else if (kind === READ) disk.read(operation);
  else if (kind === LIST) disk.list(operation);
  else operation.result = warm(operation, scratch);
}

/** Whatever has been read once is in the page cache. */
function warm(operation: DiskOperation, scratch: number): number {
  const end = operation.position + operation.length;
  for (let at = operation.position; at < end; ) {
    const length = readAt(operation.file, scratch, Math.min(end - at, SCRATCH_BYTES), at);
    if (length > 0) at += length;
    else if (length !== -EINTR) return length;
  }
  return 0;
}
