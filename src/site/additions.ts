/**
 * Fields that are written into the head of an answer beside those that the server writes by itself, or instead of them.
 */

export interface FieldLine {
  readonly name: string;
  readonly value: string;
}

export class Additions {
  /** Written whatever the server has to say of the same name. */
  readonly lines: readonly FieldLine[];
  /** Written where the server has nothing to say of the same name. */
  readonly defaults: readonly FieldLine[];
  /** The names, in lower case, that the server does not write itself. */
  readonly replaced: ReadonlySet<string>;
  /** At most so many bytes are written. */
  readonly bytes: number;

  constructor(lines: readonly FieldLine[], defaults: readonly FieldLine[], replaced: ReadonlySet<string>) {
    this.lines = lines;
    this.defaults = defaults;
    this.replaced = replaced;
    let bytes = 0;
    for (const { name, value } of [...lines, ...defaults]) bytes += name.length + value.length + 4;
    this.bytes = bytes;
  }
}

export const NO_ADDITIONS = new Additions([], [], new Set());
