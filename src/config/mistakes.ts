/**
 * Where in something that a configuration file has the mistake is, found by the JSON Schema of what should be there: for
 * options whose values have parts. It need not know all of JSON Schema, only what the kinds of options say.
 */
import type { Schema } from './json-schema.js';
import type { Located } from './json-text.js';
import { nearest } from './spelling.js';

export interface Mistake {
  readonly line: number;
  readonly message: string;
}

/** The first mistake inside of an object, or undefined when none is found there. `path`: what the object is called. */
export function mistakeIn(content: Located, schema: Schema, path: string): Mistake | undefined {
  const properties = schema.properties as Readonly<Record<string, Schema>> | undefined;
  if (properties === undefined || content.members === undefined) return undefined;
  for (const { key, line, content: part } of content.members) {
    const expected = Object.hasOwn(properties, key) ? properties[key] : undefined;
    if (expected === undefined) {
      const keys = Object.keys(properties);
      const meant = nearest(key, keys);
      const advice = meant === undefined ? `there are ${keys.join(', ')}.` : `did you mean ${meant}?`;
      return { line, message: `There is no ${key} in ${path}; ${advice}` };
    }
    const deeper = mistakeInPart(part, expected, `${path}.${key}`);
    if (deeper !== undefined) return deeper;
  }
  const required = (schema.required ?? []) as readonly string[];
  const missing = required.find((key) => !content.members?.some((member) => member.key === key));
  return missing === undefined ? undefined : { line: content.line, message: `${path} lacks ${missing}.` };
}

function mistakeInPart(part: Located, schema: Schema, path: string): Mistake | undefined {
  const items = schema.items as Schema | undefined;
  if (items !== undefined && part.items !== undefined) {
    for (const [index, item] of part.items.entries()) {
      const mistake = mistakeInPart(item, items, `${path}[${index}]`);
      if (mistake !== undefined) return mistake;
    }
    return undefined;
  }
  const inside = mistakeIn(part, schema, path);
  if (inside !== undefined || allows(schema, part.value)) return inside;
  const expected = schema.description ?? inWords(schema);
  return { line: part.line, message: `${path} must be ${expected}, not ${JSON.stringify(part.value)}.` };
}

/** Whether a value is one of those that a schema without parts describes. */
function allows(schema: Schema, value: unknown): boolean {
  const { type, enum: words, const: only, pattern, minLength, minimum, maximum, anyOf } = schema;
  if (Array.isArray(anyOf)) return anyOf.some((one: Schema) => allows(one, value));
  if (Array.isArray(words)) return words.includes(value);
  if (only !== undefined) return value === only;
  if (type !== undefined && ![type].flat().includes(typeOf(value, type))) return false;
  if (typeof value === 'string') {
    return (
      (typeof pattern !== 'string' || new RegExp(pattern, 'u').test(value)) && value.length >= Number(minLength ?? 0)
    );
  }
  if (typeof value === 'number') return value >= Number(minimum ?? -Infinity) && value <= Number(maximum ?? Infinity);
  return true;
}

function typeOf(value: unknown, wanted: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  return Number.isInteger(value) && [wanted].flat().includes('integer') ? 'integer' : typeof value;
}

function inWords({ type, enum: words }: Schema): string {
  if (Array.isArray(words)) return `one of ${words.join(', ')}`;
  return `of the type ${[type].flat().join(' or ')}`;
}
