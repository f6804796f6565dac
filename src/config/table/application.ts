/** The application that answers, where there is one. */
import { statSync } from 'node:fs';
import { extname, resolve } from 'node:path';
import { option } from '../option.js';
import { HOUR, milliseconds, path, SECOND, text, yesOrNo } from '../option-kinds.js';

/** What a file must end in to be an application: then it may stand where else DIR does. */
const ENDINGS: readonly string[] = ['.js', '.mjs', '.cjs', '.ts', '.mts', '.cts'];

/** What stands for no application, and for no directory. */
export const NONE = 'none';

export const application = {
  app: option({
    flag: 'app',
    kind: path(
      text('FILE', 'an existing file that ends in .js, .mjs, .cjs, .ts, .mts or .cts', isApplication, whole),
      'file',
    ),
    initial: NONE,
    description: 'the application to serve: amped app.js says the same',
    fixed: true,
  }),
  static: option({
    flag: 'static',
    kind: path(text('DIR', 'an existing directory', isDirectory, whole), 'directory'),
    initial: NONE,
    description: 'files to serve beside the application: they come first',
    fixed: true,
  }),
  watch: option({
    flag: 'watch',
    kind: yesOrNo,
    initial: false,
    description: 'load the application anew when a module beneath its directory changes',
    fixed: true,
  }),
  // nginx: proxy_read_timeout.
  handlerTimeoutMilliseconds: option({
    flag: 'handler-timeout',
    kind: milliseconds(0, 24 * HOUR),
    initial: 60 * SECOND,
    description: 'how long the application may take to answer; then 503, 0 is for ever',
    fixed: true,
  }),
  // Long enough to be felt by everybody who is served meanwhile; Node's own work and collections take less.
  stallWarningMilliseconds: option({
    flag: 'stall-warning',
    kind: milliseconds(0, HOUR),
    initial: 200,
    description: 'event: tell of an application that blocks its loop for so long, 0 is never',
    fixed: true,
  }),
};

/** Whether an operand names an application and no directory. */
export function namesApplication(operand: string): boolean {
  return ENDINGS.includes(extname(operand)) && !is(operand, 'isDirectory');
}

/** An absolute path. */
function whole(name: string): string {
  return name === NONE ? name : resolve(name);
}

function isApplication(name: string): boolean {
  return name === NONE || (ENDINGS.includes(extname(name)) && is(name, 'isFile'));
}

function isDirectory(name: string): boolean {
  return name === NONE || is(name, 'isDirectory');
}

function is(name: string, what: 'isFile' | 'isDirectory'): boolean {
  try {
    return statSync(name)[what]();
  } catch {
    return false;
  }
}
