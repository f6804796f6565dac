/** One row of the table of options: what a row says, and its type. */
import type { Kind } from './option-kinds.js';

export interface Option<Value> {
  /** The long name on the command line, without its dashes; '' for the operand DIR. */
  readonly flag: string;
  readonly short?: string;
  /** The environment variable that is read when the command line does not say. */
  readonly environment?: string;
  readonly kind: Kind<Value>;
  readonly initial: NoInfer<Value>;
  /** What it does, as a line of the help text. */
  readonly description: string;
  /** It cannot be changed while the server runs: sockets, memory and workers are made of it. */
  readonly fixed?: true;
}

/** Gives a row its type; it changes nothing. */
export function option<Value>(row: Option<Value>): Option<Value> {
  return row;
}
