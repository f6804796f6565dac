/**
 * Finds out what is in a directory, for its list: its names, and then of each what it leads to, many at a time. A symbolic
 * link counts as what it leads to beneath the root; what leads nowhere, or elsewhere, is not in the list, nor is what is
 * neither a file nor a directory.
 *
 * As a Load it goes on for as long as the disk answers at once, and everybody who asks meanwhile waits for the same one.
 */
import { type Disk, type DiskAsker, DiskOperation, failureOf, MISSING, PENDING } from '../disk/disk.js';
import { STATUS_OF_FAILURE } from './load.js';
import type { Question } from './question.js';

/** More names than these are not looked at: a directory of a million must not stop the others. */
export const MOST_NAMES = 2_000;
/** So many are looked at side by side, where the disk answers later. */
const AT_ONCE = 32;

export interface Listed {
  readonly name: string;
  readonly directory: boolean;
  /** In bytes. */
  readonly size: number;
  /** Seconds since the epoch. */
  readonly modified: number;
}

/** What a directory holds, in no order. */
export interface Listing {
  readonly entries: readonly Listed[];
  /** There are more than could be looked at. */
  readonly more: boolean;
}

export interface DirectoryLoadHost {
  readonly disk: Disk;
  readonly root: number;
  /** Whether a name is to be in the list of a directory. */
  lists(directory: string, name: string): boolean;
  /** A load that had to wait has ended. */
  listed(load: DirectoryLoad): void;
}

export class DirectoryLoad implements DiskAsker {
  /** Of the directory: '' or with a slash at its end. */
  readonly name: string;
  /** When it was begun: see StaticSite. */
  readonly stamp: number;
  /** Who waits for it. */
  readonly questions: Question[] = [];
  /** Set when it is done; a number is a status. */
  outcome: Listing | number = 500;
  readonly #host: DirectoryLoadHost;
  readonly #list = new DiskOperation(this);
  /** What is yet to be looked at. */
  #names: string[] = [];
  #more = false;
  readonly #entries: Listed[] = [];
  /** Operations under way. */
  #asked = 0;

  /** `stamp`: of the time at which it begins, see StaticSite. */
  constructor(host: DirectoryLoadHost, name: string, stamp: number) {
    this.#host = host;
    this.name = name;
    this.stamp = stamp;
    this.#list.root = host.root;
    this.#list.name = name === '' ? '.' : name;
    this.#list.length = MOST_NAMES + 1;
  }

  /** Begins: true when it is done already, false when `listed` will be called. */
  start(): boolean {
    this.#asked = 1;
    if (this.#host.disk.list(this.#list) === PENDING) return false;
    return this.#heard(this.#list);
  }

  diskCompleted(operation: DiskOperation): void {
    if (this.#heard(operation)) this.#host.listed(this);
  }

  /** Whether that was the last that it waited for. */
  #heard(operation: DiskOperation): boolean {
    this.#asked--;
    if (operation === this.#list) {
      if (operation.result < 0) {
        this.outcome = STATUS_OF_FAILURE[failureOf(operation.result)];
        return true;
      }
      this.#takeNames();
      for (let place = 0; place < AT_ONCE; place++) this.#lookOn(new DiskOperation(this));
    } else {
      this.#take(operation);
      this.#lookOn(operation);
    }
    if (this.#asked > 0) return false;
    this.outcome = { entries: this.#entries, more: this.#more };
    return true;
  }

  #takeNames(): void {
    const { entries } = this.#list;
    this.#more = entries.length > MOST_NAMES;
    this.#names = entries.slice(0, MOST_NAMES).map(({ name }) => name);
    this.#names = this.#names.filter((name) => this.#host.lists(this.name, name));
    this.#list.entries = [];
  }

  /** Looks at one name after another for as long as the disk answers at once. */
  #lookOn(operation: DiskOperation): void {
    for (let name = this.#names.pop(); name !== undefined; name = this.#names.pop()) {
      operation.root = this.#host.root;
      operation.name = this.name + name;
      if (this.#host.disk.look(operation) === PENDING) {
        this.#asked++;
        return;
      }
      this.#take(operation);
    }
  }

  #take({ name, result, status }: DiskOperation): void {
    // Something is there, and it is not known what.
    if (result < 0 && failureOf(result) !== MISSING) this.#more = true;
    if (result < 0 || !(status.regular || status.directory)) return;
    this.#entries.push({
      name: name.slice(this.name.length),
      directory: status.directory,
      size: status.size,
      modified: status.modifiedSeconds,
    });
  }
}
