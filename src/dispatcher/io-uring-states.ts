/** The state of a descriptor in the dispatcher on io_uring, as bits: what is open, under way, and still to be said. */

export const OPEN = 1 << 0;
export const RECEIVING = 1 << 1;
export const SENDING = 1 << 2;
export const PAUSED = 1 << 3;
export const CLOSING = 1 << 4;
export const SENDING_FILE = 1 << 5;
/** A cancellation of the receive is under way. */
export const CANCELLING = 1 << 6;
/** The file has gone out, and its completion is yet to be delivered. */
export const FILE_SENT = 1 << 7;
/** The peer has ended its side, or the socket failed: there is nothing more to receive. */
export const ENDED = 1 << 9;
/** Waits for receive buffers. */
export const STARVED = 1 << 10;
/** No socket, but a descriptor whose wake-up has been asked for. */
export const WATCHED = 1 << 8;
