/**
 * Recognises the names of known fields in bytes, without making strings: the length, the first and the last letter leave at
 * most one candidate, and one comparison without regard to case decides.
 */
import { FIELD_COUNT, FIELD_NAMES } from './request-head.js';

/** Longer names are unknown. */
const NAME_BYTES = 31;
const CANDIDATES = new Int8Array(32 * 32).fill(-1);
const NAMES = new Uint8Array(FIELD_COUNT * 32);

for (let field = 0; field < FIELD_COUNT; field++) {
  const name = FIELD_NAMES[field]!;
  const key = (name.length << 5) | ((name.charCodeAt(0) ^ name.charCodeAt(name.length - 1)) & 31);
  if (name.length > NAME_BYTES || CANDIDATES[key] !== -1) {
    throw new Error(`the field ${name} cannot be told apart by its length, first and last letter`);
  }
  CANDIDATES[key] = field;
  for (let index = 0; index < name.length; index++) NAMES[field * 32 + index] = name.charCodeAt(index);
}

/** The FIELD_ constant of the name between `start` and `end`, which holds token bytes only, or -1. */
export function knownField(bytes: Uint8Array, start: number, end: number): number {
  const length = end - start;
  if (length > NAME_BYTES) return -1;
  const field = CANDIDATES[(length << 5) | ((bytes[start]! ^ bytes[end - 1]!) & 31)]!;
  if (field < 0) return -1;
  const name = field << 5;
  for (let index = 0; index < length; index++) {
    // Setting bit 5 lowers letters and leaves '-' as it is; no other token byte becomes either of them.
    if ((bytes[start + index]! | 0x20) !== NAMES[name + index]) return -1;
  }
  return field;
}
