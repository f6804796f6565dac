/** What goes wrong while a server serves, in sentences for people. */
import { readlinkSync } from 'node:fs';
import { ECANCELED, EINVAL, EMFILE, ENFILE, ENOBUFS, ENOMEM, errorFrom, errorName } from '../linux/errno.js';
import type { Say } from '../log/error-log.js';

const REASONS: Readonly<Record<number, string>> = {
  [EMFILE]: 'this process has no descriptor left',
  [ENFILE]: 'this computer has no descriptor left',
  [ENOBUFS]: 'the kernel has no memory for it',
  [ENOMEM]: 'the kernel has no memory for it',
};

/**
 * What is told of connections that could not be accepted. A server without descriptors fails ten times a second: it is told
 * once in a while, so that the log is not what fills the disk next.
 */
export function acceptFailures(say: Say): (error: number) => void {
  return (error) => {
    // The listener has been shut down for good: the order to end is on its way.
    if (error === -EINVAL) return;
    const reason = REASONS[-error] ?? 'accept(2) failed';
    const name = errorName(error);
    const code = name === 'UNKNOWN' ? `error ${-error}` : name;
    say('warn', `A connection cannot be accepted: ${reason} (${code}); it waits, and is tried again.`, 'accept');
  };
}

/** What is told of files that the disk could not give, by name or while they are sent. */
export function diskFailures(say: Say): {
  diskFailed(name: string, error: number): void;
  fileFailed(file: number, error: number): void;
} {
  const diskFailed = (name: string, error: number): void => {
    // What was under way when the server ended.
    if (error === -ECANCELED) return;
    const { code } = errorFrom(error, 'read');
    say('error', `The disk has failed (${code}) with the file ${JSON.stringify(name)}.`, 'disk');
  };
  return { diskFailed, fileFailed: (file, error) => diskFailed(nameOf(file), error) };
}

/** The path of an open file, which it may have had when it was opened only. */
function nameOf(file: number): string {
  try {
    return readlinkSync(`/proc/self/fd/${file}`);
  } catch {
    return `descriptor ${file}`;
  }
}
