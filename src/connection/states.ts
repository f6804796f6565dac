/**
 * The states of a connection, in the order in which an exchange goes through them: where it stands is compared by number.
 */

/** Between requests, or with part of a head in `input`. */
export const READING_HEAD = 0;
/** The head is understood; its body is being read. */
export const READING_BODY = 1;
/** The site has yet to answer. */
export const AWAITING_ANSWER = 2;
/** The disk has yet to bring the next window of the file that is the answer's body. */
export const AWAITING_FILE = 3;
/** The application has yet to give more of its answer. */
export const AWAITING_MORE = 4;
/** The kernel has the answer: head, and a body that lies in memory; or a part of it. */
export const SENDING = 5;
/** The kernel has the head and a window of the file that is the answer's body. */
export const SENDING_FILE = 6;
/** Our side has ended; what the peer still sends is thrown away, so that it can read our last answer. RFC 9112 section 9.6 */
export const LINGERING = 7;
export const CLOSED = 8;

/** How long a peer may go on sending after our last answer. nginx: lingering_time 30s, lingering_timeout 5s. */
export const LINGER_MILLISECONDS = 5_000;
/** How long an answer waits for the rest of a body that nobody reads, so that its connection can stay open behind it. */
export const REST_MILLISECONDS = 1_000;
/** Receiving pauses while so many bytes wait behind the request being answered. */
export const PIPELINE_BYTES = 65_536;
