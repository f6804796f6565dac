/** What of a request, beside its path, decides which answer it gets: the codings that it accepts, and who asks. */
import { IDENTITY_ONLY, PREFERENCES, preferenceOf } from '../http/accept-encoding.js';
import { ascii } from '../http/characters.js';
import { FIELD_ACCEPT_ENCODING, type RequestHead } from '../http/request-head.js';
import type { Cors } from './cors.js';
import { VARIANTS, type Variant, variantOf } from './head-writer.js';

const ACCEPT_ENCODING_BIT = 1 << FIELD_ACCEPT_ENCODING;

export class Selection {
  /** Whether anything does: if not, the path alone leads to an answer. */
  readonly matters: boolean;
  readonly #cors: Cors | null;
  readonly #negotiates: boolean;

  /** `negotiates`: whether files are sent in content codings. */
  constructor(cors: Cors | null, negotiates: boolean) {
    this.#cors = cors;
    this.#negotiates = negotiates;
    this.matters = negotiates || cors?.varies === true;
  }

  variantOf(request: RequestHead): Variant {
    const variant = variantOf(request.minorVersion, request.persistent);
    return this.#cors === null ? variant : variant + VARIANTS * this.#cors.audienceOf(request);
  }

  /** The content codings that are accepted: see http/accept-encoding.ts. */
  preferenceOf(request: RequestHead): number {
    if (!this.#negotiates || (request.fields & ACCEPT_ENCODING_BIT) === 0) return IDENTITY_ONLY;
    if ((request.repeated & ACCEPT_ENCODING_BIT) !== 0) {
      const joined = ascii(request.fieldText(FIELD_ACCEPT_ENCODING) as string);
      return preferenceOf(joined, 0, joined.length);
    }
    const { bytes, fieldStart, fieldEnd } = request;
    return preferenceOf(bytes, fieldStart[FIELD_ACCEPT_ENCODING]!, fieldEnd[FIELD_ACCEPT_ENCODING]!);
  }

  /** A number that two requests have in common whenever neither differs from the other in this. */
  keyOf(request: RequestHead): number {
    return this.variantOf(request) * PREFERENCES + this.preferenceOf(request);
  }
}
