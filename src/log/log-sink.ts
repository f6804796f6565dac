/**
 * Where a log goes: a file, or a standard stream of this process, opened so that writing to it waits for no reader.
 *
 * A standard stream is shared with others, who must not find it changed: a pipe or a terminal is opened once more, without
 * blocking, for this process alone. A socket cannot be, and takes a flag with each send instead.
 */
import { closeSync, constants, fstatSync, openSync } from 'node:fs';

export interface LogSink {
  readonly descriptor: number;
  /** It is a socket: send(2) with MSG_DONTWAIT. */
  readonly socket: boolean;
  /** It was opened here, and is to be closed. */
  readonly own: boolean;
}

/** Stands for a standard stream. */
export const STANDARD = '-';

/** For the owner and those whom the owner lets look: requests say who reads what. */
const MODE = 0o640;
const { O_WRONLY, O_APPEND, O_CREAT, O_NONBLOCK, O_NOCTTY } = constants;
/** Each write goes to the end of the file, whoever else writes there too. Node adds O_CLOEXEC. */
const FLAGS = O_WRONLY | O_APPEND | O_NONBLOCK | O_NOCTTY;

/** Opens a file, or the standard stream `standard` for STANDARD. Throws the error of open(2). */
export function openSink(path: string, standard: 1 | 2): LogSink {
  if (path !== STANDARD) return { descriptor: openSync(path, FLAGS | O_CREAT, MODE), socket: false, own: true };
  const status = fstatSync(standard);
  if (!status.isFile() && !status.isSocket()) {
    try {
      return { descriptor: openSync(`/proc/self/fd/${standard}`, FLAGS), socket: false, own: true };
    } catch {
      // Of another user, or without /proc: then as it is.
    }
  }
  return { descriptor: standard, socket: status.isSocket(), own: false };
}

export function closeSink(sink: LogSink): void {
  if (sink.own) closeSync(sink.descriptor);
}

/** Why a file of a log cannot be opened, to follow a colon. */
export function whyNot(error: unknown): string {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT') return 'there is no such directory';
  if (code === 'EACCES' || code === 'EPERM') return 'this user may not write there';
  if (code === 'EISDIR') return 'it is a directory';
  if (code === 'ENXIO') return 'nobody reads from it';
  return code ?? String(error);
}
