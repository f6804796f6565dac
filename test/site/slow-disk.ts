/** A disk that answers everything later, in the order that a test wants. */
import { BlockingDisk } from '../../src/disk/blocking.js';
import { type DiskOperation, PENDING } from '../../src/disk/disk.js';

interface Waiting {
  readonly what: 'open' | 'look' | 'read' | 'list';
  readonly operation: DiskOperation;
}

export class SlowDisk extends BlockingDisk {
  readonly waiting: Waiting[] = [];

  override open(operation: DiskOperation): number {
    return this.#later('open', operation);
  }
  override look(operation: DiskOperation): number {
    return this.#later('look', operation);
  }
  override read(operation: DiskOperation): number {
    return this.#later('read', operation);
  }
  override list(operation: DiskOperation): number {
    return this.#later('list', operation);
  }

  #later(what: Waiting['what'], operation: DiskOperation): number {
    if (this.waiting.some((other) => other.operation === operation)) throw new Error('the operation is under way');
    this.waiting.push({ what, operation });
    return PENDING;
  }

  /** What waits, in words. */
  get asked(): string[] {
    return this.waiting.map(({ what, operation }) => `${what} ${operation.name}`);
  }

  /** Completes the operation at `index`, or with `result` instead of doing it. */
  complete(index = 0, result?: number): void {
    const [{ what, operation }] = this.waiting.splice(index, 1) as [Waiting];
    if (result !== undefined) operation.result = result;
    else if (what === 'open') super.open(operation);
    else if (what === 'look') super.look(operation);
    else if (what === 'list') super.list(operation);
    else super.read(operation);
    operation.asker.diskCompleted(operation);
  }

  /** Completes all that waits, and all that is asked for because of it; `choose` says which one is next. */
  completeAll(choose: (count: number) => number = () => 0): void {
    while (this.waiting.length > 0) this.complete(choose(this.waiting.length));
  }
}
