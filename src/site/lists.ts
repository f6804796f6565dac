/**
 * The lists of directories: who asks for one that is being made waits for it, and one that is made is given out again for as
 * long as the site's stamp is the same, as a page, or as JSON. A list costs a look at each file: asked for again and again it
 * must not cost that each time.
 */
import type { Disk } from '../disk/disk.js';
import { DirectoryLoad, type DirectoryLoadHost, type Listed, type Listing } from './directory-load.js';
import { htmlList, jsonList, type ListPage, type ListPlace } from './list-page.js';
import type { Router } from './route.js';

export interface ListsHost {
  readonly disk: Disk;
  readonly root: number;
  /** Another one when a second has passed, or something has changed. */
  readonly stamp: number;
  /** A load that had to wait has ended. */
  listed(load: DirectoryLoad): void;
}

/** So many are kept. */
const MOST_LISTS = 64;
/** A page is at most so long, and takes at most such a part of the memory for answers. */
const MOST_BYTES = 1_048_576;
const PART_OF_HEAP = 3;

/** A list that has been made. */
export class DirectoryList {
  /** Of the directory: '' or with a slash at its end. */
  readonly name: string;
  readonly stamp: number;
  readonly #listing: Listing;
  readonly #place: ListPlace;
  #html: ListPage | undefined;
  #json: ListPage | undefined;

  constructor(name: string, stamp: number, listing: Listing, place: ListPlace) {
    this.name = name;
    this.stamp = stamp;
    this.#listing = listing;
    this.#place = place;
  }

  get html(): ListPage {
    this.#html ??= htmlList(this.#listing, this.#place);
    return this.#html;
  }

  get json(): ListPage {
    this.#json ??= jsonList(this.#listing, this.#place);
    return this.#json;
  }
}

export class Lists implements DirectoryLoadHost {
  readonly #host: ListsHost;
  readonly #router: Router;
  readonly #mostBytes: number;
  readonly #loads = new Map<string, DirectoryLoad>();
  readonly #made = new Map<string, DirectoryList>();

  constructor(host: ListsHost, router: Router, heapBytes: number) {
    this.#host = host;
    this.#router = router;
    this.#mostBytes = Math.min(MOST_BYTES, Math.floor(heapBytes / PART_OF_HEAP));
  }

  get disk(): Disk {
    return this.#host.disk;
  }

  get root(): number {
    return this.#host.root;
  }

  /** Whether the disk is yet to answer. */
  get busy(): boolean {
    return this.#loads.size > 0;
  }

  /** The list of a directory, or the status of why there is none; or the load that is to be waited for. */
  ask(name: string): DirectoryList | DirectoryLoad | number {
    const { stamp } = this.#host;
    const made = this.#made.get(name);
    if (made?.stamp === stamp) return made;
    let load = this.#loads.get(name);
    if (load === undefined) {
      load = new DirectoryLoad(this, name, stamp);
      if (load.start()) return this.take(load);
      this.#loads.set(name, load);
    }
    return load;
  }

  /** What a load has come to. */
  take(load: DirectoryLoad): DirectoryList | number {
    const { name, outcome, stamp } = load;
    this.#loads.delete(name);
    if (typeof outcome === 'number') return outcome;
    const list = new DirectoryList(name, stamp, outcome, this.#placeOf(name));
    this.#made.delete(name);
    if (stamp !== this.#host.stamp) return list;
    if (this.#made.size >= MOST_LISTS) this.#made.delete(this.#made.keys().next().value as string);
    this.#made.set(name, list);
    return list;
  }

  clear(): void {
    this.#made.clear();
  }

  lists(directory: string, name: string): boolean {
    return this.#router.lists(directory, name);
  }

  listed(load: DirectoryLoad): void {
    this.#host.listed(load);
  }

  #placeOf(name: string): ListPlace {
    const above = name.slice(0, name.lastIndexOf('/', name.length - 2) + 1);
    return {
      path: this.#router.readablePath(name),
      parent: name === '' ? null : this.#router.pathOf(above),
      mostBytes: this.#mostBytes,
      addressOf: (entry: Listed) => this.#router.pathOf(`${name}${entry.name}${entry.directory ? '/' : ''}`),
    };
  }
}
