/** The conformance suite, on each backend. */
import { chooseDispatcher } from '../../src/dispatcher/choose.js';
import { DISPATCHER_NAMES } from '../../src/dispatcher/dispatcher.js';
import { describeDispatcher } from './dispatcher-conformance.js';

const SKIPS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  io_uring: {
    'accepts at most a share a turn': 'the kernel accepts by itself, as many as there are',
    'receives at most a share of one connection a turn':
      'the kernel takes 33 buffers at a time, and three times as many when there is much at the start',
  },
};

for (const name of DISPATCHER_NAMES) {
  describeDispatcher(name, (arena) => chooseDispatcher(name, arena).dispatcher, SKIPS[name]);
}
