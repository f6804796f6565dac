/** epoll passes the conformance suite of dispatchers. */
import { EpollDispatcher } from '../../src/dispatcher/epoll.js';
import { describeDispatcher } from './dispatcher-conformance.js';

describeDispatcher('epoll', (arena) => new EpollDispatcher({ arena }));
