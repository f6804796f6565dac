/** What is logged, and where to. */
import { ACCESS_LOGS } from '../../log/access-log.js';
import { LEVELS } from '../../log/error-log.js';
import { STANDARD } from '../../log/log-sink.js';
import { option } from '../option.js';
import { choice, type Kind, path, text } from '../option-kinds.js';

const file: Kind<string> = {
  ...path(
    text('FILE', 'the path of a file, or - for the standard stream', (name) => name !== '' && !name.includes('\0')),
    'file',
  ),
  words: [STANDARD],
};

export const logs = {
  accessLog: option({
    flag: 'access-log',
    kind: choice('FORMAT', ACCESS_LOGS),
    initial: 'off',
    description: 'a line for each request: off, common, combined or json',
    fixed: true,
  }),
  accessLogFile: option({
    flag: 'access-log-file',
    kind: file,
    initial: STANDARD,
    description: 'where these lines go; - is standard output; SIGUSR1 opens the file anew',
    fixed: true,
  }),
  logLevel: option({
    flag: 'log-level',
    kind: choice('LEVEL', LEVELS),
    initial: 'info',
    description: 'what the error log tells: error, warn (and worse), info or debug',
    fixed: true,
  }),
  errorLogFile: option({
    flag: 'error-log-file',
    kind: file,
    initial: STANDARD,
    description: 'where the error log goes; - is standard error; SIGUSR1 opens the file anew',
    fixed: true,
  }),
};
