/**
 * Keeps watch over the directories of cached files, so that a change is noticed at once and not within a second.
 *
 * Only a hint: everything is revalidated anyway. A directory that cannot be watched, or one too many, changes nothing but
 * how soon a change is noticed.
 */
import { dirname } from 'node:path';

/** Watches directories beneath a root: disk/changes.ts. */
export interface ChangeNotifier {
  /** Watches the directory `name` ('.' is the root) beneath the open directory `root`: a number, or -errno. */
  watch(root: number, name: string): number;
  unwatch(watch: number): void;
}

/** Whoever has things cached by name. */
export interface Doubtful {
  /** Something has changed at `name`; null: anywhere. */
  changed(name: string | null): void;
  /** Something has changed anywhere beneath a directory: '' or a name with a slash at its end. */
  directoryChanged(directory: string): void;
}

/** At most so many directories are watched. The kernel's own limit is 8192 or more for a user. */
const MOST_DIRECTORIES = 4_096;

export class Watcher {
  readonly #notifier: ChangeNotifier;
  readonly #root: number;
  readonly #doubtful: Doubtful;
  /** The watch of a directory; -1 for one that cannot be watched. Directories are '' or have a slash at their end. */
  readonly #watches = new Map<string, number>();
  /** One watch may stand for several names of a directory: symbolic links. */
  readonly #directories = new Map<number, Set<string>>();
  #closed = false;

  constructor(notifier: ChangeNotifier, root: number, doubtful: Doubtful) {
    this.#notifier = notifier;
    this.#root = root;
    this.#doubtful = doubtful;
  }

  /** Whether the directory of the file `name` is watched. */
  watches(name: string): boolean {
    return (this.#watches.get(directoryOf(name)) ?? -1) >= 0;
  }

  /** Sees to it that the directory of the file `name` is watched. */
  watch(name: string): void {
    const parent = dirname(name);
    const directory = directoryOf(name);
    if (this.#closed || this.#watches.has(directory) || this.#watches.size >= MOST_DIRECTORIES) return;
    const watch = this.#notifier.watch(this.#root, parent);
    this.#watches.set(directory, watch);
    if (watch < 0) return;
    const known = this.#directories.get(watch);
    if (known === undefined) this.#directories.set(watch, new Set([directory]));
    else known.add(directory);
    // What changed before the watch began was not told.
    this.#doubtful.changed(name);
  }

  /** Something happened to `name` in a watched directory; '': to the directory itself. */
  changed(watch: number, name: string, isDirectory: boolean): void {
    for (const directory of this.#directories.get(watch) ?? []) {
      if (name !== '' && isDirectory) this.#doubtful.directoryChanged(`${directory}${name}/`);
      else if (name !== '') this.#doubtful.changed(directory + name);
    }
  }

  gone(watch: number, ended: boolean): void {
    const directories = this.#directories.get(watch);
    if (directories === undefined) return;
    this.#directories.delete(watch);
    for (const directory of directories) {
      this.#watches.delete(directory);
      this.#doubtful.directoryChanged(directory);
    }
    if (!ended) this.#notifier.unwatch(watch);
  }

  lost(): void {
    this.#doubtful.changed(null);
  }

  /** Watches nothing any more. */
  close(): void {
    this.#closed = true;
    for (const watch of this.#directories.keys()) this.#notifier.unwatch(watch);
    this.#directories.clear();
    this.#watches.clear();
  }
}

/** '' for the root, else with a slash at its end. */
function directoryOf(name: string): string {
  const parent = dirname(name);
  return parent === '.' ? '' : `${parent}/`;
}
