/**
 * What is said of a file beside what the disk says of it: its media type, the fields that its answers have, and whether it is
 * sent in content codings.
 */
import { CODING_NAMES, type Coding, NO_CODING } from '../http/accept-encoding.js';
import { CodedRepresentations } from './coded-representations.js';
import type { Entry } from './entry.js';
import { type FieldRules, NO_PROFILE, type Profile } from './field-rules.js';
import { isText, mediaTypeOf } from './media-type.js';
import type { SiteSettings } from './settings.js';

export interface Description {
  readonly mediaType: string;
  readonly profile: Profile;
  readonly coding: Coding | typeof NO_CODING;
  /** Bytes of the contents where they are not those of the file. */
  readonly size: number | undefined;
  /** What makes the entity tag different from that of other representations of the file. */
  readonly tag: string;
  readonly coded: CodedRepresentations | null;
  readonly plain: Entry | null;
}

/** Smaller files are sent as they are: what is gained is less than the head of an answer. */
export const LEAST_COMPRESSED_BYTES = 1_024;
/** Larger files too: compressing them takes long, and the outcome much memory. */
export const MOST_COMPRESSED_BYTES = 4_194_304;

/** Names that say that what they hold is coded already. */
const CODED_NAME = /\.(?:br|zst|gz)$/;

/** Of a file about which nobody has said anything. */
export function plainDescription(name: string): Description {
  return describe(mediaTypeOf(name), NO_PROFILE, null);
}

function describe(mediaType: string, profile: Profile, coded: CodedRepresentations | null): Description {
  return { mediaType, profile, coding: NO_CODING, size: undefined, tag: '', coded, plain: null };
}

export class Descriptions {
  readonly #settings: SiteSettings;
  readonly #rules: FieldRules;

  constructor(settings: SiteSettings, rules: FieldRules) {
    this.#settings = settings;
    this.#rules = rules;
  }

  /** Of the file `name`, of `size` bytes, as it is. */
  ofFile(name: string, size: number): Description {
    const { mediaTypes, precompressed, compress } = this.#settings;
    const profile = this.#rules.profileOf(name, false);
    const mediaType = profile.mediaType ?? mediaTypeOf(name, mediaTypes);
    const text = isText(mediaType) && size >= LEAST_COMPRESSED_BYTES && size <= MOST_COMPRESSED_BYTES;
    const negotiated = (precompressed && !CODED_NAME.test(name)) || (compress && text);
    if (!negotiated || profile.coded) return describe(mediaType, profile, null);
    return describe(mediaType, this.#rules.profileOf(name, true), new CodedRepresentations(compress && text));
  }

  /** Of the same file in a coding. `stamp`: what else its bytes depend on; `size`: of what we have made ourselves. */
  ofCoded(plain: Entry, coding: Coding, stamp: string, size?: number): Description {
    const { mediaType, profile } = plain.description;
    return { mediaType, profile, coding, size, tag: `-${CODING_NAMES[coding]}${stamp}`, coded: null, plain };
  }
}
