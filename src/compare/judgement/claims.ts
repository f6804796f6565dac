/**
 * The claims table: what textbooks say of these architectures, each with the numbers measured here and a rule by which it
 * holds, does not hold here, or cannot be told. The rule is printed beside the result, so that whoever disagrees with it can
 * still use the numbers.
 */
export type Finding = 'holds' | 'does not hold here' | 'cannot be told';

export interface ClaimResult {
  readonly id: string;
  readonly about: 'multi-process' | 'multi-threaded' | 'event-driven' | 'dispatchers';
  /** What is claimed. */
  readonly claim: string;
  readonly rule: string;
  readonly finding: Finding;
  /** The numbers, in words; or why there are none. */
  readonly measured: string;
  /** What the number is about that a reader may not expect. */
  readonly remark?: string;
}

/** What a rule gives. */
export interface Judged {
  readonly finding: Finding;
  readonly measured: string;
}

export function holdsIf(condition: boolean, measured: string): Judged {
  return { finding: condition ? 'holds' : 'does not hold here', measured };
}

export function unknown(why: string): Judged {
  return { finding: 'cannot be told', measured: why };
}
