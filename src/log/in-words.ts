/**
 * What was thrown, in words for people: programs may throw anything. An error is told with its stack, with what caused it,
 * and with the errors that it stands for.
 *
 * What it keeps true: there are words for whatever is given, and nothing that is given can make it throw, nor go on for ever.
 */
import { inspect } from 'node:util';

/** Of so many errors at most, of one that has causes and others in it. */
const MOST_TOLD = 16;
/** What is no error may be large. */
const SHORT = { depth: 2, breakLength: Number.POSITIVE_INFINITY, maxArrayLength: 16, maxStringLength: 1024 } as const;
const UNSPEAKABLE = 'a value that has no words';

export function inWords(thrown: unknown): string {
  const told = new Set<unknown>();
  const lines: string[] = [];
  tell(thrown, '', told, lines);
  return lines.join('\n');
}

/** The message of an error; of anything else, the words for it. */
export function messageOf(thrown: unknown): string {
  try {
    if (thrown instanceof Error && typeof thrown.message === 'string' && thrown.message !== '') return thrown.message;
  } catch {
    // It does not even say what it is.
  }
  return inWords(thrown);
}

function tell(thrown: unknown, before: string, told: Set<unknown>, lines: string[]): void {
  // An error may be its own cause.
  if (told.size >= MOST_TOLD || told.has(thrown)) {
    lines.push(`${before}...`);
    return;
  }
  told.add(thrown);
  lines.push(before + wordsFor(thrown));
  const { cause, errors } = insideOf(thrown);
  if (cause !== undefined) tell(cause, 'because of ', told, lines);
  for (const one of errors) {
    tell(one, 'among them ', told, lines);
    if (told.size >= MOST_TOLD) break;
  }
}

function wordsFor(thrown: unknown): string {
  try {
    if (thrown === undefined) return 'undefined, which gives no reason';
    if (typeof thrown === 'string') return thrown;
    if (typeof thrown !== 'object' || thrown === null) return inspect(thrown, SHORT);
    const { name, message, stack } = thrown as Record<string, unknown>;
    if (typeof stack === 'string' && stack !== '') return stack;
    if (typeof name === 'string' && typeof message === 'string') return `${name}: ${message}`;
    return inspect(thrown, SHORT);
  } catch {
    return UNSPEAKABLE;
  }
}

function insideOf(thrown: unknown): { cause: unknown; errors: readonly unknown[] } {
  try {
    if (!(thrown instanceof Error)) return { cause: undefined, errors: [] };
    const { errors } = thrown as unknown as Record<string, unknown>;
    return { cause: thrown.cause, errors: Array.isArray(errors) ? errors.slice(0, MOST_TOLD) : [] };
  } catch {
    return { cause: undefined, errors: [] };
  }
}
