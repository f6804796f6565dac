/** How the server is run and ended, and what is done to it on purpose. */
import { injections, NO_INJECTIONS } from '../injections.js';
import { option } from '../option.js';
import { HOUR, milliseconds, SECOND } from '../option-kinds.js';

export const operation = {
  drainTimeoutMilliseconds: option({
    flag: 'drain-timeout',
    kind: milliseconds(0, HOUR),
    initial: 10 * SECOND,
    description: 'how long a stopping server waits for requests under way',
  }),
  inject: option({
    flag: 'inject',
    kind: injections,
    initial: NO_INJECTIONS,
    description: 'faults for tests, such as disk-latency=20ms,disk-error=1%',
    fixed: true,
  }),
};
