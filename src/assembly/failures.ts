/** What goes wrong while a server serves, in sentences for people. */
import { readlinkSync } from 'node:fs';
import { ECANCELED, EINVAL, EMFILE, ENFILE, errorFrom } from '../linux/errno.js';
import type { Say } from '../log/error-log.js';

/** What is told of connections that could not be accepted: the cause lasts, so it is told once in a while. */
export function acceptFailures(say: Say): (error: number) => void {
  return (error) => {
    // The listener has been shut down: this is the end, and no failure.
    if (error === -EINVAL) return;
    const { code } = errorFrom(error, 'accept4');
    say(
      'warn',
      `A connection could not be accepted (${code}${advice(error)}); it waits, and is tried again.`,
      'accept',
    );
  };
}

function advice(error: number): string {
  if (error === -EMFILE) return ': this process has no descriptor left, see ulimit -n';
  if (error === -ENFILE) return ': the system has no descriptor left';
  return '';
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
