/** poll passes the conformance suite of dispatchers. */
import { PollDispatcher } from '../../src/dispatcher/poll.js';
import { describeDispatcher } from './dispatcher-conformance.js';

describeDispatcher('poll', (arena) => new PollDispatcher({ arena }));
