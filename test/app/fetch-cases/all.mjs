/**
 * What the Fetch standard says of Headers, Request and Response, as far as it applies on a server. The cases are run on the
 * classes themselves, and inside the workers of every architecture.
 */
import { HEADERS } from './headers.mjs';
import { REQUESTS } from './requests.mjs';
import { RESPONSES } from './responses.mjs';

export { unexpected } from './outcomes.mjs';

export const CASES = [...HEADERS, ...REQUESTS, ...RESPONSES];
