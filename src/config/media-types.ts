/** Media types by extension, as in `--media-type 'md text/markdown'`: before those that are known. */
import type { Kind } from './option-kinds.js';

type MediaTypes = Readonly<Record<string, string>>;

const EXTENSION = /^[a-z0-9_+~-]{1,32}$/;
/** RFC 9110 8.3.1: type/subtype, and perhaps parameters. */
const TYPE =
  /^[A-Za-z0-9!#$&^_.+-]+\/[A-Za-z0-9!#$&^_.+-]+(?:[ \t]*;[ \t]*[A-Za-z0-9!#$&^_.+-]+=(?:[A-Za-z0-9!#$&^_.+-]+|"[ !#-[\]-~]*"))*$/;

export const mediaTypes: Kind<MediaTypes> = {
  placeholder: 'RULE',
  expected: "an extension and its media type (such as 'md text/markdown')",
  read: (text) => readAll(text === '' ? [] : [text]),
  readAll,
  accepts(value): value is MediaTypes {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
    return Object.entries(value).every(
      ([extension, type]) =>
        EXTENSION.test(extension) && typeof type === 'string' && type.length <= 256 && TYPE.test(type),
    );
  },
  schema: { type: 'object', additionalProperties: { type: 'string', minLength: 1 } },
  write: (value) =>
    Object.entries(value)
      .map(([extension, type]) => `${extension} ${type}`)
      .join(', '),
};

function readAll(texts: readonly string[]): MediaTypes | undefined {
  const types: [string, string][] = [];
  for (const text of texts) {
    const parts = /^\.?(\S+)[ \t]+(.+)$/.exec(text.trim());
    if (parts === null) return undefined;
    types.push([(parts[1] as string).toLowerCase(), parts[2] as string]);
  }
  return Object.fromEntries(types);
}
