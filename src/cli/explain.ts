/** Errors as a user reads them. */

/** The sentence of an error that was meant for the user; the whole trace of one that was not. */
export function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // Mistakes in the program are these; everything thrown on purpose carries a sentence.
  const unexpected =
    error instanceof TypeError ||
    error instanceof RangeError ||
    error instanceof ReferenceError ||
    error.name === 'AssertionError';
  return unexpected ? (error.stack ?? error.message) : error.message;
}
