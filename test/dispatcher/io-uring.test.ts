/** io_uring passes the conformance suite of dispatchers. */
import { IoUringDispatcher } from '../../src/dispatcher/io-uring.js';
import { describeDispatcher } from './dispatcher-conformance.js';

describeDispatcher('io_uring', (arena) => new IoUringDispatcher({ arena }), {
  'receives at most a share of one connection a turn':
    'the kernel takes 33 buffers at a time, and three times as many when there is much at the start',
});
