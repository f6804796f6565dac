/** The application that answers, where there is one. */
import { statSync } from 'node:fs';
import { extname, resolve } from 'node:path';
import { option } from '../option.js';
import { HOUR, milliseconds, SECOND, text } from '../option-kinds.js';

/** What a file must end in to be an application: then it may stand where else DIR does. */
const ENDINGS: readonly string[] = ['.js', '.mjs', '.ts'];

/** What stands for no application, and for no directory. */
export const NONE = 'none';

export const application = {
  app: option({
    flag: 'app',
    kind: text('FILE', 'an existing file that ends in .js, .mjs or .ts', isApplication, whole),
    initial: NONE,
    description: 'the application to serve: amped app.js says the same',
  }),
  static: option({
    flag: 'static',
    kind: text('DIR', 'an existing directory', isDirectory, whole),
    initial: NONE,
    description: 'files to serve beside the application: they come first',
  }),
  // nginx: proxy_read_timeout.
  handlerTimeoutMilliseconds: option({
    flag: 'handler-timeout',
    kind: milliseconds(0, 24 * HOUR),
    initial: 60 * SECOND,
    description: 'how long the application may take to answer; then 503, 0 is for ever',
  }),
};

/** Whether an operand names an application and no directory. */
export function namesApplication(operand: string): boolean {
  return ENDINGS.includes(extname(operand)) && !is(operand, 'isDirectory');
}

/** An absolute path. */
function whole(path: string): string {
  return path === NONE ? path : resolve(path);
}

function isApplication(path: string): boolean {
  return path === NONE || (ENDINGS.includes(extname(path)) && is(path, 'isFile'));
}

function isDirectory(path: string): boolean {
  return path === NONE || is(path, 'isDirectory');
}

function is(path: string, what: 'isFile' | 'isDirectory'): boolean {
  try {
    return statSync(path)[what]();
  } catch {
    return false;
  }
}
