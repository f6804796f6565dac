/**
 * Tells when the modules of an application have changed: what Node imports by its ending, in the directory of the
 * application and beneath it, but for node_modules and directories that begin with a dot.
 *
 * Directories are watched and not files, since editors write a new file and rename it; and what the kernel says is a reason
 * to look, no more: what has changed is found by comparing the files with those of before. So a burst of changes is one,
 * and what leaves the modules as they were is none. What modules import at run time is seen like what they import first.
 * The kernel watches a directory and not its path: one that has taken the place of another is watched in its stead.
 */
import { existsSync, type FSWatcher, readdirSync, statSync, watch } from 'node:fs';
import { basename, join } from 'node:path';
import type { Say } from '../log/error-log.js';

/** What Node imports or requires, by its ending. */
const MODULE = /\.(?:[cm]?[jt]s|json|node|wasm)$/;
const SKIPPED = 'node_modules';
/** A burst is over when nothing has changed for so long; one that does not end is looked at all the same. */
const QUIET_MILLISECONDS = 50;
const LONGEST_BURST_MILLISECONDS = 1000;
/** Where the kernel cannot watch so many directories, or the first of them is absent, it is looked at so often. */
const LOOK_MILLISECONDS = 1000;

/** A directory that is watched, as the kernel knows it. */
interface Watched {
  readonly watcher: FSWatcher;
  readonly ino: number;
  readonly dev: number;
}

/** Module files by path, each with what changes when it does. */
type Modules = ReadonlyMap<string, string>;

export class ModuleWatch {
  readonly #directory: string;
  readonly #changed: () => void;
  readonly #say: Say;
  readonly #watchers = new Map<string, Watched>();
  #modules: Modules;
  #quiet: NodeJS.Timeout | undefined;
  #burst = 0;
  #looking: NodeJS.Timeout | undefined;

  /** @param changed is called after each burst of changes that has changed a module. */
  constructor(directory: string, changed: () => void, say: Say) {
    this.#directory = directory;
    this.#changed = changed;
    this.#say = say;
    this.#modules = this.#look();
  }

  close(): void {
    clearTimeout(this.#quiet);
    clearInterval(this.#looking);
    for (const { watcher } of this.#watchers.values()) watcher.close();
    this.#watchers.clear();
  }

  readonly #stir = (): void => {
    const now = performance.now();
    if (this.#quiet === undefined) this.#burst = now;
    else if (now - this.#burst > LONGEST_BURST_MILLISECONDS) return;
    clearTimeout(this.#quiet);
    this.#quiet = setTimeout(this.#settle, QUIET_MILLISECONDS);
  };

  readonly #settle = (): void => {
    this.#quiet = undefined;
    if (!existsSync(this.#directory)) {
      // It has been removed to be made anew, so what was loaded serves on until then.
      this.#quiet = setTimeout(this.#settle, LOOK_MILLISECONDS);
      return;
    }
    const before = this.#modules;
    this.#modules = this.#look();
    if (differ(before, this.#modules)) this.#changed();
  };

  /** The modules as they are now; directories that have come are watched from here on, before their files are looked at. */
  #look(): Modules {
    const modules = new Map<string, string>();
    const directories = new Set<string>();
    const within = (directory: string): void => {
      directories.add(directory);
      this.#watch(directory);
      for (const entry of entriesOf(directory)) {
        const path = join(directory, entry.name);
        if (entry.isDirectory()) {
          if (entry.name !== SKIPPED && !entry.name.startsWith('.')) within(path);
        } else if (MODULE.test(entry.name)) {
          modules.set(path, stateOf(path));
        }
      }
    };
    within(this.#directory);
    for (const directory of this.#watchers.keys()) if (!directories.has(directory)) this.#unwatch(directory);
    return modules;
  }

  #watch(directory: string): void {
    if (this.#looking !== undefined) return;
    try {
      const { ino, dev } = statSync(directory);
      const watched = this.#watchers.get(directory);
      if (watched?.ino === ino && watched.dev === dev) return;
      this.#unwatch(directory);
      const watcher = watch(directory, { persistent: false }, (event, name) => {
        // Its own name says that it has been moved or removed; another one may get its number.
        if (event === 'rename' && name === basename(directory)) this.#unwatch(directory);
        this.#stir();
      });
      watcher.on('error', () => {
        this.#unwatch(directory);
        this.#stir();
      });
      this.#watchers.set(directory, { watcher, ino, dev });
    } catch (error) {
      // It has gone between being listed and being watched.
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
      const why = (error as NodeJS.ErrnoException).code ?? String(error);
      this.#say('warn', `The kernel cannot watch ${directory} (${why}): its modules are looked at each second.`);
      this.#looking = setInterval(this.#stir, LOOK_MILLISECONDS).unref();
    }
  }

  #unwatch(directory: string): void {
    this.#watchers.get(directory)?.watcher.close();
    this.#watchers.delete(directory);
  }
}

function entriesOf(directory: string): ReturnType<typeof listed> {
  try {
    return listed(directory);
  } catch {
    // It has gone, or is not ours to read: there is nothing in it that could be imported.
    return [];
  }
}

function listed(directory: string) {
  return readdirSync(directory, { withFileTypes: true });
}

function stateOf(path: string): string {
  try {
    const { ino, size, mtimeMs } = statSync(path);
    return `${ino} ${size} ${mtimeMs}`;
  } catch {
    return 'absent';
  }
}

function differ(before: Modules, after: Modules): boolean {
  if (before.size !== after.size) return true;
  for (const [path, state] of after) if (before.get(path) !== state) return true;
  return false;
}
