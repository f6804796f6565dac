/** Options that do not go together, and those that follow from others. */
import { describe, expect, it } from 'vitest';
import { NO_INJECTIONS } from '../../src/config/injections.js';
import { OptionError } from '../../src/config/option-error.js';
import { completeOptions } from '../../src/config/options.js';

const EVENT = 'each loop of the event model serves thousands of connections.';
const PROCESS = 'the workers of the process model wait in blocking system calls.';
const THREAD = 'the workers of the thread model wait in blocking system calls and always share one cache.';

describe('what does not go together is refused', () => {
  it.each([
    [{ model: 'process', dispatcher: 'epoll' }, `dispatcher goes with model event only; ${PROCESS}`],
    [{ model: 'thread', dispatcher: 'auto' }, `dispatcher goes with model event only; ${THREAD}`],
    [{ model: 'process', loops: 2 }, `loops goes with model event only; ${PROCESS}`],
    [{ model: 'thread', loopsIn: 'threads' }, `loopsIn goes with model event only; ${THREAD}`],
    [{ workers: 16 }, `workers goes with model process or thread only; ${EVENT}`],
    [{ model: 'event', minSpare: 1 }, `minSpare goes with model process or thread only; ${EVENT}`],
    [{ maxSpare: 1 }, `maxSpare goes with model process or thread only; ${EVENT}`],
    [{ keepAliveRequests: 100 }, `keepAliveRequests goes with model process or thread only; ${EVENT}`],
    [{ sharedCache: true }, `sharedCache goes with model process only; ${EVENT}`],
    [{ model: 'thread', sharedCache: true }, `sharedCache goes with model process only; ${THREAD}`],
    [{ model: 'process', workers: 4, minSpare: 5 }, 'minSpare must be at most 4, which is workers, not 5.'],
    [{ model: 'thread', workers: 4, maxSpare: 5 }, 'maxSpare must be at most 4, which is workers, not 5.'],
    [{ model: 'process', minSpare: 3, maxSpare: 2 }, 'minSpare must be at most 2, which is maxSpare, not 3.'],
    [
      { model: 'process', disk: 'helpers' },
      `disk helpers goes with model event only, the others have blocking; ${PROCESS}`,
    ],
    [
      { model: 'thread', disk: 'io_uring' },
      `disk io_uring goes with model event only, the others have blocking; ${THREAD}`,
    ],
    [{ model: 'thread', helpers: 2 }, `helpers goes with model event only; ${THREAD}`],
    [{ accessLogFile: 'a.log' }, 'accessLogFile goes with accessLog common, combined or json only, not off.'],
    [{ disk: 'blocking', helpers: 2 }, 'helpers goes with disk helpers or auto only, not blocking.'],
    [{ disk: 'io_uring', helpers: 2 }, 'helpers goes with disk helpers or auto only, not io_uring.'],
    [
      { inject: { ...NO_INJECTIONS, helperCrashPercent: 1 } },
      'inject helper-crash goes with disk helpers only, not auto.',
    ],
    [
      { inject: { ...NO_INJECTIONS, workerThrowMilliseconds: 100 } },
      'inject worker-throw needs workers: another model, or more than one loop.',
    ],
  ] as const)('%j', (some, sentence) => {
    expect(() => completeOptions(some)).toThrow(new OptionError(sentence));
  });
});

describe('what was not named follows from the rest', () => {
  it.each([
    [{}, { keepAliveTimeoutMilliseconds: 65_000, minSpare: 0, maxSpare: 0 }],
    [{ model: 'process' }, { keepAliveTimeoutMilliseconds: 5000, workers: 16, minSpare: 0, maxSpare: 0 }],
    [{ model: 'thread', keepAliveTimeoutMilliseconds: 65_000 }, { keepAliveTimeoutMilliseconds: 65_000 }],
    [
      { model: 'process', minSpare: 4 },
      { minSpare: 4, maxSpare: 8 },
    ],
    [
      { model: 'process', minSpare: 12 },
      { minSpare: 12, maxSpare: 16 },
    ],
    [
      { model: 'process', maxSpare: 9 },
      { minSpare: 4, maxSpare: 9 },
    ],
    [
      { model: 'process', maxSpare: 1 },
      { minSpare: 1, maxSpare: 1 },
    ],
    [
      { loops: 2, loopsIn: 'processes', dispatcher: 'poll' },
      { loops: 2, loopsIn: 'processes', dispatcher: 'poll' },
    ],
    [
      { loops: 2, inject: { ...NO_INJECTIONS, workerThrowMilliseconds: 100 } },
      { inject: { workerThrowMilliseconds: 100 } },
    ],
    [{}, { disk: 'auto', helpers: 4 }],
    [{ helpers: 8 }, { disk: 'auto', helpers: 8 }],
    [{ model: 'process' }, { disk: 'blocking' }],
    [{ model: 'thread', disk: 'auto' }, { disk: 'blocking' }],
    [{ model: 'thread', disk: 'blocking' }, { disk: 'blocking' }],
  ] as const)('%j', (some, whole) => {
    expect(completeOptions(some)).toMatchObject(whole);
  });
});
