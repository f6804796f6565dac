/**
 * The limits of what a client may send, each with its unit, its default and the precedent of the default.
 *
 * A limit is enforced as soon as it is passed, not when the message is complete.
 */

/** What a request head may measure. */
export interface HeadLimits {
  /** Bytes of the request line without its CRLF; more is refused with 414. */
  readonly requestLineBytes: number;
  /** Bytes of all field lines with their CRLFs and of the empty line that ends them; more is refused with 431. */
  readonly headerBytes: number;
  /** Field lines; more is refused with 431. */
  readonly headerCount: number;
}

/** As one of nginx's large_client_header_buffers and Apache's LimitRequestLine; RFC 9112 3 recommends at least 8000. */
export const DEFAULT_REQUEST_LINE_BYTES = 8192;
/** As nginx's large_client_header_buffers, 4 of 8 KiB. */
export const DEFAULT_HEADER_BYTES = 32_768;
/** As Apache's LimitRequestFields. */
export const DEFAULT_HEADER_COUNT = 100;
/** Content of one request; more is refused with 413. As nginx's client_max_body_size. */
export const DEFAULT_BODY_BYTES = 1_048_576;

export const DEFAULT_HEAD_LIMITS: HeadLimits = {
  requestLineBytes: DEFAULT_REQUEST_LINE_BYTES,
  headerBytes: DEFAULT_HEADER_BYTES,
  headerCount: DEFAULT_HEADER_COUNT,
};

/** Bytes of a method; more is refused with 501 (RFC 9112 3). The longest registered one has 17. */
export const METHOD_BYTES = 32;
/** Empty lines taken before a request line; more is refused with 400. RFC 9112 2.2 asks for at least one. */
export const EMPTY_LINES = 4;
/** Bytes of all chunk extensions of one body; more is refused with 413. Nobody uses them; Node.js allows 16 KiB. */
export const CHUNK_EXTENSION_BYTES = 4096;
/** Digits of a chunk size, leading zeros included; more is refused with 400. As many as a 64-bit size takes. */
export const CHUNK_SIZE_DIGITS = 16;
/** Bytes of the trailer section of one body; more is refused with 431. As one of nginx's header buffers. */
export const TRAILER_BYTES = 8192;
