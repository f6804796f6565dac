/** What one who serves measures, put together: a loop, or a worker that blocks. With `--metrics off` there is none of it. */
import type { ServerOptions } from '../config/options.js';
import { Metering } from '../connection/metering.js';
import type { Disk } from '../disk/disk.js';
import { HelperMeter } from '../disk/helper-meter.js';
import { DiskTimer, TimedDisk } from '../disk/timed.js';
import type { Dispatcher } from '../dispatcher/dispatcher.js';
import { countSystemCallsIn, stopCountingIn } from '../linux/system-calls.js';
import { observeCollections } from '../metrics/collections.js';
import { HELPERS_MOST, HELPERS_QUEUED } from '../metrics/counts.js';
import type { WorkerSlot } from '../metrics/worker-slots.js';
import { LoopMeter } from '../models/loop-meter.js';
import { TimeSpent } from '../models/time-spent.js';

export class WorkerMetering {
  readonly requests: Metering;
  /** Where the cache of the worker's own site is counted. */
  readonly cache: Float64Array;
  /** Of a worker that blocks. */
  readonly time: TimeSpent | undefined;
  readonly #slot: WorkerSlot;
  readonly #timer = new DiskTimer();
  readonly #stopObserving: () => void;

  private constructor(slot: WorkerSlot, { model, metricsSample }: ServerOptions) {
    this.#slot = slot;
    this.time = model === 'event' ? undefined : new TimeSpent(slot.counts);
    this.requests = new Metering(slot, metricsSample, this.#timer, this.time?.tell);
    this.cache = slot.counts;
    this.#stopObserving = observeCollections(slot.histogram('collections'));
  }

  /** undefined: nothing is to be measured. */
  static of(slot: WorkerSlot, options: ServerOptions): WorkerMetering | undefined {
    return options.metrics === 'on' ? new WorkerMetering(slot, options) : undefined;
  }

  /** The same disk, of which it is known how long somebody has waited for it. */
  disk(disk: Disk): Disk {
    return new TimedDisk(disk, this.#timer);
  }

  helpers(): HelperMeter {
    const { counts } = this.#slot;
    return new HelperMeter(counts, HELPERS_QUEUED, HELPERS_MOST, this.#slot.histogram('helperWait'));
  }

  /** A loop with this dispatcher is measured from now on. */
  loop(dispatcher: Dispatcher): LoopMeter {
    dispatcher.measure(this.#slot.histogram('eventsPerTurn'), this.#slot.histogram('handlerChange'));
    return new LoopMeter(this.#slot);
  }

  /** All system calls of this thread are the worker's. */
  countThread(): void {
    countSystemCallsIn(this.#slot.systemCalls);
  }

  /** The memory of the slot may go. */
  stop(): void {
    this.#stopObserving();
    stopCountingIn(this.#slot.systemCalls);
  }
}
