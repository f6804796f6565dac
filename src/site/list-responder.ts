/** Which answer with a list of a directory a request gets: HTML or JSON, or that it has not changed. */
import { prefers } from '../http/accept.js';
import { evaluate, NOT_MODIFIED, PRECONDITION_FAILED } from '../http/conditional.js';
import type { ErrorAnswers } from './error-answer.js';
import type { HeldAnswer } from './held-answer.js';
import type { DirectoryList } from './lists.js';
import type { MadeAnswers } from './made-answers.js';
import type { Question } from './question.js';

const JSON_TYPE = 'application/json';
const HTML_TYPE = 'text/html';

export class ListResponder {
  readonly #made: MadeAnswers;
  readonly #errors: ErrorAnswers;

  constructor(made: MadeAnswers, errors: ErrorAnswers) {
    this.#made = made;
    this.#errors = errors;
  }

  /** Null: there is no memory for it now. */
  respond(list: DirectoryList, question: Question, second: number): HeldAnswer | null {
    const { preconditions, method, variant, headOnly, accept } = question;
    const page = prefers(accept, JSON_TYPE, HTML_TYPE) ? list.json : list.html;
    if (preconditions !== null) {
      const validators = { entityTag: page.entityTag, lastModified: Number.POSITIVE_INFINITY };
      const came = evaluate(method, preconditions, validators, second);
      if (came === PRECONDITION_FAILED) return this.#errors.get(412, variant, headOnly, second);
      if (came === NOT_MODIFIED) return this.#made.listNotModified(page, variant, second);
    }
    return this.#made.list(page, headOnly, variant, second);
  }
}
