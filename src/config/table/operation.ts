/** How the server is run and ended, and what is done to it on purpose. */
import { injections, NO_INJECTIONS } from '../injections.js';
import { option } from '../option.js';
import { HOUR, milliseconds, orNone, SECOND, text } from '../option-kinds.js';

const userAndGroup = text('NAME', 'a user, or a user and a group (such as www-data or www-data:www-data)', isUser);

export const operation = {
  user: option({
    flag: 'user',
    kind: orNone(userAndGroup),
    initial: '',
    description: 'who to be after listening, when started by root: NAME or NAME:GROUP',
    fixed: true,
  }),
  drainTimeoutMilliseconds: option({
    flag: 'drain-timeout',
    kind: milliseconds(0, HOUR),
    initial: 10 * SECOND,
    description: 'how long a stopping server waits for requests under way',
  }),
  reloadTimeoutMilliseconds: option({
    flag: 'reload-timeout',
    kind: milliseconds(0, 24 * HOUR),
    initial: HOUR,
    description: 'how long a worker that has been replaced may go on with requests under way',
  }),
  inject: option({
    flag: 'inject',
    kind: injections,
    initial: NO_INJECTIONS,
    description: 'faults for tests, such as disk-latency=20ms,disk-error=1%',
    fixed: true,
  }),
};

/** Whether it has the form of one: who there is, only the computer that serves can tell. */
function isUser(user: string): boolean {
  return /^[^\s:]+(:[^\s:]+)?$/.test(user);
}
