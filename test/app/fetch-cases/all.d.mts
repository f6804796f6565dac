type Run = (classes: Record<'Headers' | 'Request' | 'Response', unknown>) => unknown;

export const CASES: readonly (readonly [title: string, run: Run, expected: string])[];
export function unexpected(cases: typeof CASES, classes: Parameters<Run>[0]): Promise<string[]>;
