/**
 * The body of a response with several ranges: multipart/byteranges (RFC 9110 14.6, RFC 2046 5.1.1). Each part has a head of
 * its own, with the media type of the whole and the place of the part in it.
 */
import { type ByteRange, contentRange } from './range.js';

/** Content-Type of the response. The boundary needs no quotes: letters and digits only. */
export function multipartType(boundary: string): string {
  return `multipart/byteranges; boundary=${boundary}`;
}

/** What stands before the bytes of a part: the delimiter, which ends the part before it, and the head. */
export function partHead(boundary: string, first: boolean, mediaType: string, range: ByteRange, size: number): string {
  const delimiter = first ? `--${boundary}` : `\r\n--${boundary}`;
  return `${delimiter}\r\nContent-Type: ${mediaType}\r\nContent-Range: ${contentRange(range, size)}\r\n\r\n`;
}

/** What stands behind the last part. */
export function closeDelimiter(boundary: string): string {
  return `\r\n--${boundary}--\r\n`;
}
