/** select passes the conformance suite of dispatchers. */
import { SelectDispatcher } from '../../src/dispatcher/select.js';
import { describeDispatcher } from './dispatcher-conformance.js';

describeDispatcher('select', (arena) => new SelectDispatcher({ arena }));
