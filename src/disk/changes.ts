/**
 * Hears of changes in directories beneath a root, as they happen: inotify(7).
 *
 * A help, never the only way: there are few instances for a user, events are lost when too many come at once, and the
 * target of a symbolic link changes without a word. Whoever uses this revalidates as well.
 */

import { closeFile, O_DIRECTORY, O_PATH, openBeneath, RESOLVE_BENEATH, RESOLVE_NO_MAGICLINKS } from '../linux/files.js';
import {
  addWatch,
  createInotify,
  IN_ATTRIB,
  IN_CLOSE_WRITE,
  IN_CREATE,
  IN_DELETE,
  IN_DELETE_SELF,
  IN_IGNORED,
  IN_ISDIR,
  IN_MODIFY,
  IN_MOVE_SELF,
  IN_MOVED_FROM,
  IN_MOVED_TO,
  IN_ONLYDIR,
  IN_Q_OVERFLOW,
  readEvents,
  removeWatch,
} from '../linux/inotify.js';

const CONTENT = IN_MODIFY | IN_ATTRIB | IN_CLOSE_WRITE | IN_MOVED_FROM | IN_MOVED_TO | IN_CREATE | IN_DELETE;
const ITSELF = IN_DELETE_SELF | IN_MOVE_SELF;

/** Told of changes. A watch is the number that `watch` gave. */
export interface ChangeListener {
  /** Something happened to `name` in the directory, itself a directory or not; '' is the directory watched. */
  changed(watch: number, name: string, directory: boolean): void;
  /** The directory itself has gone or moved. `ended`: the watch is no more. */
  gone(watch: number, ended: boolean): void;
  /** Events were lost: anything may have changed. */
  lost(): void;
}

export class DirectoryChanges {
  /** Readable when something has happened: watch it with the dispatcher and call `read`. */
  readonly descriptor: number;

  private constructor(descriptor: number) {
    this.descriptor = descriptor;
  }

  /** Null where the kernel has no instance left (or no inotify at all). */
  static open(): DirectoryChanges | null {
    const descriptor = createInotify();
    return descriptor < 0 ? null : new DirectoryChanges(descriptor);
  }

  /** Watches the directory `name` ('.' is the root itself) beneath the directory `root`: a number, or -errno. */
  watch(root: number, name: string): number {
    const directory = openBeneath(root, name, O_PATH | O_DIRECTORY, RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS);
    if (directory < 0) return directory;
    // By descriptor, so that it is surely the directory that was resolved beneath the root.
    const watch = addWatch(this.descriptor, `/proc/self/fd/${directory}`, CONTENT | ITSELF | IN_ONLYDIR);
    closeFile(directory);
    return watch;
  }

  unwatch(watch: number): void {
    removeWatch(this.descriptor, watch);
  }

  /** Tells the listener of all that has happened since the last call. */
  read(listener: ChangeListener): void {
    readEvents(this.descriptor, (watch, mask, name) => {
      if ((mask & IN_Q_OVERFLOW) !== 0) listener.lost();
      else if ((mask & (ITSELF | IN_IGNORED)) !== 0) listener.gone(watch, (mask & IN_IGNORED) !== 0);
      else listener.changed(watch, name, (mask & IN_ISDIR) !== 0);
    });
  }

  close(): void {
    closeFile(this.descriptor);
  }
}
