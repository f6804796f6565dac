/**
 * Whether JSON is as a schema says, by that part of JSON Schema which `compare-results.schema.json` needs. What the schema does
 * not name is let pass: a newer Amped may say more.
 */

export interface Schema {
  readonly $ref?: string;
  readonly $defs?: Readonly<Record<string, Schema>>;
  readonly type?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: Schema | boolean;
  readonly items?: Schema | boolean;
  readonly prefixItems?: readonly Schema[];
}

const TYPES: Readonly<Record<string, (value: unknown) => boolean>> = {
  object: (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
  array: Array.isArray,
  string: (value) => typeof value === 'string',
  number: (value) => typeof value === 'number',
  integer: Number.isInteger,
  boolean: (value) => typeof value === 'boolean',
};

/** The first thing that is wrong, as the end of a sentence: 'workloads[0].points is missing'; undefined: nothing. */
export function mistakeIn(value: unknown, schema: Schema, root: Schema = schema, place = ''): string | undefined {
  const { $ref, type } = schema;
  if ($ref !== undefined) return mistakeIn(value, definition($ref, root), root, place);
  const name = place === '' ? 'it' : place;
  if (type !== undefined && TYPES[type]?.(value) === false) {
    return `${name} must be ${/^[aio]/.test(type) ? 'an' : 'a'} ${type}`;
  }
  if (schema.const !== undefined && value !== schema.const) return `${name} must be ${JSON.stringify(schema.const)}`;
  if (schema.enum !== undefined && !schema.enum.includes(value)) {
    return `${name} must be one of ${schema.enum.join(', ')}`;
  }
  if (Array.isArray(value)) return mistakeInItems(value, schema, root, place);
  if (typeof value !== 'object' || value === null) return undefined;
  const missing = schema.required?.find((key) => !Object.hasOwn(value, key));
  if (missing !== undefined) return `${join(place, missing)} is missing`;
  for (const [key, content] of Object.entries(value)) {
    const own = schema.properties?.[key] ?? schema.additionalProperties;
    const mistake = typeof own === 'object' ? mistakeIn(content, own, root, join(place, key)) : undefined;
    if (mistake !== undefined) return mistake;
  }
  return undefined;
}

function mistakeInItems(
  items: readonly unknown[],
  { prefixItems = [], items: rest }: Schema,
  root: Schema,
  place: string,
): string | undefined {
  if (items.length < prefixItems.length) return `${place} must have ${prefixItems.length} items`;
  for (const [index, item] of items.entries()) {
    const own = prefixItems[index] ?? rest;
    const mistake = typeof own === 'object' ? mistakeIn(item, own, root, `${place}[${index}]`) : undefined;
    if (mistake !== undefined) return mistake;
  }
  return undefined;
}

/** As `#/$defs/name` says. */
function definition(reference: string, { $defs = {} }: Schema): Schema {
  const name = reference.slice(reference.lastIndexOf('/') + 1);
  const found = $defs[name];
  if (found === undefined) throw new Error(`The schema has no definition ${reference}.`);
  return found;
}

function join(place: string, key: string): string {
  return place === '' ? key : `${place}.${key}`;
}
