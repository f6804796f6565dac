/** Content-Type by the extension of a file name. */
import { lookup } from 'mrmime';

const UNKNOWN = 'application/octet-stream';
/** Text, of which we say that it is UTF-8; of other types a charset says nothing. */
const TEXT = /^(?:text\/[^;]+|application\/(?:json|javascript|xml|[^;]+\+json|[^;]+\+xml)|image\/svg\+xml)$/;

/** The media type of a file named `name`, with its charset where it is text; `own`: types by extension that come first. */
export function mediaTypeOf(name: string, own: Readonly<Record<string, string>> = {}): string {
  const dot = name.lastIndexOf('.');
  // mrmime takes a bare word for an extension, and so would a file named `html` be one.
  if (dot <= name.lastIndexOf('/')) return UNKNOWN;
  const extension = name.slice(dot + 1).toLowerCase();
  const type = Object.hasOwn(own, extension) ? own[extension] : lookup(extension);
  if (type === undefined) return UNKNOWN;
  return TEXT.test(type) ? `${type}; charset=utf-8` : type;
}

/** Whether a media type is text, whatever its parameters say: compressed, it gets much smaller. */
export function isText(mediaType: string): boolean {
  return TEXT.test(mediaType.split(';', 1)[0]!.trim().toLowerCase());
}
