/**
 * What the disk has been asked and has not answered yet, and who waits for it: each file and each directory once, whoever else
 * asks for it meanwhile.
 */
import type { Waiter } from './answer.js';
import type { Load } from './load.js';
import type { Question } from './question.js';

/** Something that is being found out, of a file or a directory. */
interface Asked {
  readonly questions: Question[];
}

export class Loads {
  /** Of files, by their names. */
  readonly #files = new Map<string, Load>();
  readonly #waiting = new Map<Waiter, Asked>();

  /** How many wait for an answer. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /** Whether files are being looked at. */
  get busy(): boolean {
    return this.#files.size > 0;
  }

  get(name: string): Load | undefined {
    return this.#files.get(name);
  }

  begun(load: Load): void {
    this.#files.set(load.name, load);
  }

  ended(load: Load): void {
    this.#files.delete(load.name);
  }

  /** Whoever has asked the question waits for what is being found out. */
  wait(question: Question, asked: Asked): void {
    asked.questions.push(question);
    this.#waiting.set(question.waiter, asked);
    question.waiter.waitsForDisk?.(true);
  }

  /** Whoever it was waits no more. */
  forget(waiter: Waiter): void {
    const asked = this.#waiting.get(waiter);
    if (asked === undefined) return;
    this.#waiting.delete(waiter);
    const index = asked.questions.findIndex((question) => question.waiter === waiter);
    asked.questions.splice(index, 1);
  }

  /** Tells all who wait for it. A waiter may ask again, or be forgotten, while another one is told. */
  tell({ questions }: Asked, tellOne: (question: Question) => void): void {
    for (;;) {
      const question = questions.shift();
      if (question === undefined) return;
      this.#waiting.delete(question.waiter);
      question.waiter.waitsForDisk?.(false);
      tellOne(question);
    }
  }

  /** Nobody waits any more. */
  forgetAll(): void {
    this.#waiting.clear();
  }

  /** A file has changed; null: anything may have. */
  doubt(name: string | null): void {
    if (name === null) for (const load of this.#files.values()) load.doubted = true;
    const load = name === null ? undefined : this.#files.get(name);
    if (load !== undefined) load.doubted = true;
  }

  /** Something in a directory has changed ('' is the root, else with a slash at its end). */
  doubtBeneath(directory: string): void {
    for (const load of this.#files.values()) if (load.name.startsWith(directory)) load.doubted = true;
  }
}
