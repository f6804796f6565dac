/** Typed arrays indexed by descriptor grow when a higher descriptor comes. */

type Numbers = Uint8Array | Uint16Array | Int32Array;

/** A longer array with the same beginning; the rest is zero. */
export function grown<Kind extends Numbers>(from: Kind, length: number): Kind {
  const to = new (from.constructor as new (length: number) => Kind)(length);
  to.set(from);
  return to;
}
