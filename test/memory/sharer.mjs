/** In a thread or process that shares memory with a test: what it is to do, the memory, and how it says what came of it. */
import { parentPort, workerData } from 'node:worker_threads';

export const task = workerData ?? JSON.parse(process.env.SHARING);
const { SharedRegion } = await import(new URL('memory/shared-region.js', task.dist));
const { descriptor, base, size } = task.region;
export const region =
  base === 0 ? SharedRegion.inherited(descriptor, size) : SharedRegion.ofProcess(descriptor, base, size);

export function load(module) {
  return import(new URL(module, task.dist));
}

export function say(result) {
  if (parentPort !== null) parentPort.postMessage(result);
  else process.stdout.write(JSON.stringify(result));
}
