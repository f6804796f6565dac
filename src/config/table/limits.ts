/** What a client may send and how long it may take, each with the precedent of its default. */
import { option } from '../option.js';
import { bytes, GIBIBYTE, HOUR, integer, KIBIBYTE, MEBIBYTE, milliseconds, rate, SECOND } from '../option-kinds.js';

export const limits = {
  maxConnections: option({
    flag: 'max-connections',
    kind: integer('COUNT', 1, 1_048_576),
    initial: 16_384,
    description: 'how many connections may be open at once; more wait in the kernel',
  }),
  // nginx: large_client_header_buffers, 8 KiB for one line.
  maxTargetBytes: option({
    flag: 'max-target-bytes',
    kind: bytes(64, 64 * KIBIBYTE),
    initial: 8 * KIBIBYTE,
    description: 'the longest request target; a longer one is answered 414',
    fixed: true,
  }),
  // nginx: large_client_header_buffers, 4 of 8 KiB.
  maxHeaderBytes: option({
    flag: 'max-header-bytes',
    kind: bytes(KIBIBYTE, 256 * KIBIBYTE),
    initial: 32 * KIBIBYTE,
    description: 'the largest request head; a larger one is answered 431',
    fixed: true,
  }),
  // Apache: LimitRequestFields.
  maxHeaderCount: option({
    flag: 'max-header-count',
    kind: integer('COUNT', 1, 10_000),
    initial: 100,
    description: 'the most header fields in a request; more are answered 431',
  }),
  // nginx: client_max_body_size.
  maxBodyBytes: option({
    flag: 'max-body-bytes',
    kind: bytes(0, 1024 * GIBIBYTE),
    initial: MEBIBYTE,
    description: 'the largest request body; a larger one is answered 413',
  }),
  // Apache: RequestReadTimeout header=20.
  headerTimeoutMilliseconds: option({
    flag: 'header-timeout',
    kind: milliseconds(1, HOUR),
    initial: 20 * SECOND,
    description: 'how long a request head may take to arrive',
  }),
  // nginx: client_body_timeout.
  bodyTimeoutMilliseconds: option({
    flag: 'body-timeout',
    kind: milliseconds(1, 24 * HOUR),
    initial: 30 * SECOND,
    description: 'how long nothing of a request body may arrive',
  }),
  // nginx's keepalive_timeout is 75 s; below the 60 s of common proxies, connections would be reset under them.
  keepAliveTimeoutMilliseconds: option({
    flag: 'keep-alive-timeout',
    kind: milliseconds(1, 24 * HOUR),
    initial: 65 * SECOND,
    description: 'how long an idle connection stays open; 5s in the models that block',
  }),
  // nginx has 1000 (keepalive_requests), because of memory that a connection gathers there; here it gathers none.
  connectionRequests: option({
    flag: 'connection-requests',
    kind: integer('COUNT', 0, 1_000_000_000),
    initial: 0,
    description: 'after so many requests a connection closes; 0: never',
  }),
  // Apache: MaxKeepAliveRequests.
  keepAliveRequests: option({
    flag: 'keep-alive-requests',
    kind: integer('COUNT', 1, 1_000_000),
    initial: 100,
    description: 'process, thread: after so many requests a connection closes if others wait',
  }),
  // Kestrel: MinRequestBodyDataRate, 240 bytes a second after 5 seconds of grace.
  minBodyRate: option({
    flag: 'min-body-rate',
    kind: rate(GIBIBYTE),
    initial: 240,
    description: 'bytes a second that a request body has to bring, after 5s; 0: any',
  }),
  // nginx: send_timeout.
  writeTimeoutMilliseconds: option({
    flag: 'write-timeout',
    kind: milliseconds(1, 24 * HOUR),
    initial: 60 * SECOND,
    description: 'how long a client may take no bytes of an answer',
  }),
  // Kestrel: MinResponseDataRate.
  minSendRate: option({
    flag: 'min-send-rate',
    kind: rate(GIBIBYTE),
    initial: 240,
    description: 'bytes a second of a large file that a client has to take, after 5s; 0: any',
  }),
};
