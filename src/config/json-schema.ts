/**
 * The JSON Schema of a configuration file (draft 2020-12), made from the table of options. Editors complete and check with
 * it; the server itself checks by the kinds of the options, whose sentences are clearer.
 */
import type { Option } from './option.js';

/** A JSON Schema, or a part of one. */
export type Schema = Readonly<Record<string, unknown>>;

/** Text that matches a regular expression. */
export function textMatching(pattern: string): Schema {
  return { type: 'string', pattern };
}

/** The options as a configuration file names them, each with its row of the table. */
export type Keys = ReadonlyMap<string, Option<unknown>>;

/** What a file is, for those who read its schema. */
const AMPED_JSON = {
  title: 'amped.json',
  description: 'The configuration of Amped, a web server: each key is an option of the command line.',
};

/** The schema of a file whose keys are these: amped.json, unless it is told what else. */
export function schemaOf(
  keys: Keys,
  what: { readonly title: string; readonly description: string } = AMPED_JSON,
): Schema {
  const properties = [...keys].map(([key, { kind, description, initial }]) => {
    const byDefault = kind.toJson === undefined ? initial : kind.toJson(initial);
    return [key, { description, ...kind.schema, default: byDefault }] as const;
  });
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    ...what,
    type: 'object',
    properties: {
      $schema: { description: 'where this schema is, for editors', type: 'string' },
      ...Object.fromEntries(properties),
    },
    additionalProperties: false,
  };
}
