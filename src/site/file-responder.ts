/** Which answer about a file a request gets: the whole, a part, or that it has not changed. RFC 9110 13.2.2 and 14.2 */
import { evaluate, IGNORE_RANGE, NOT_MODIFIED, PRECONDITION_FAILED } from '../http/conditional.js';
import { coalesced, parseRange } from '../http/range.js';
import { type Entry, HEAD_ONLY, NOT_CHANGED, WHOLE } from './entry.js';
import type { ErrorAnswers } from './error-answer.js';
import type { FileAnswers } from './file-answers.js';
import type { Variant } from './head-writer.js';
import type { HeldAnswer } from './held-answer.js';
import type { Question } from './question.js';

export class FileResponder {
  readonly #answers: FileAnswers;
  readonly #errors: ErrorAnswers;
  readonly #maxRanges: number;

  constructor(answers: FileAnswers, errors: ErrorAnswers, maxRanges: number) {
    this.#answers = answers;
    this.#errors = errors;
    this.#maxRanges = maxRanges;
  }

  /** Null: there is no memory for it now. */
  respond(entry: Entry, question: Question, second: number): HeldAnswer | null {
    const { preconditions, method, variant, headOnly } = question;
    const whole = headOnly ? HEAD_ONLY : WHOLE;
    if (preconditions === null) return this.#answers.get(entry, whole, variant, second);
    const came = evaluate(method, preconditions, entry, second);
    if (came === PRECONDITION_FAILED) return this.#errors.get(412, variant, headOnly, second);
    if (came === NOT_MODIFIED) return this.#answers.get(entry, NOT_CHANGED, variant, second);
    if (came === IGNORE_RANGE || preconditions.range === undefined) {
      return this.#answers.get(entry, whole, variant, second);
    }
    return this.#range(entry, preconditions.range, variant, second);
  }

  #range(entry: Entry, range: string, variant: Variant, second: number): HeldAnswer | null {
    const ranges = parseRange(range, entry.size, this.#maxRanges);
    if (ranges === undefined) return this.#answers.get(entry, WHOLE, variant, second);
    if (ranges.length === 0) return this.#answers.unsatisfied(entry, variant, second);
    const parts = coalesced(ranges);
    if (parts.length > 1) return this.#answers.parts(entry, parts, variant, second);
    return this.#answers.part(entry, parts[0]!, variant, second);
  }
}
