/** The Accept field (RFC 9110 12.5.1), as far as it says which of two media types is wanted. */

/**
 * Whether a client wants `type` rather than `other`, which it is given otherwise: it names `type`, and not `other`, by name or
 * by a range, with a higher weight; where the weights are the same it must not name `other` itself.
 */
export function prefers(accept: string | undefined, type: string, other: string): boolean {
  if (accept === undefined) return false;
  let wanted = 0;
  /** Of `other`: its weight, and how exactly it is named: 0 not at all, 1 by *\/*, 2 by text/*, 3 by its name. */
  let otherwise = 0;
  let exactness = 0;
  for (const part of accept.toLowerCase().split(',')) {
    const [range = '', ...parameters] = part.split(';').map((piece) => piece.trim());
    const weight = weightOf(parameters);
    const exact = range === other ? 3 : range === `${other.split('/', 1)[0]}/*` ? 2 : range === '*/*' ? 1 : 0;
    if (range === type) wanted = Math.max(wanted, weight);
    if (exact > exactness) {
      exactness = exact;
      otherwise = weight;
    }
  }
  return wanted > otherwise || (wanted > 0 && wanted === otherwise && exactness < 3);
}

/** From 0 to 1; 1 where none is given, and 0 where it is none (RFC 9110 12.4.2). */
function weightOf(parameters: readonly string[]): number {
  const weight = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2);
  if (weight === undefined) return 1;
  return /^(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/.test(weight) ? Number(weight) : 0;
}
