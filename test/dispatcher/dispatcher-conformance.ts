/**
 * What dispatcher.ts promises, as one suite that every backend passes unchanged. A case that does not apply to a
 * backend is skipped by name, with the reason.
 */
import { describe, expect, it } from 'vitest';
import { acceptingCases } from './conformance/accepting.js';
import type { Case } from './conformance/cases.js';
import { closingCases } from './conformance/closing.js';
import { deadlineCases } from './conformance/deadlines.js';
import { fileCases } from './conformance/files.js';
import { receivingCases } from './conformance/receiving.js';
import { sendingCases } from './conformance/sending.js';
import { wakeUpCases } from './conformance/wake-ups.js';
import { type DispatcherFactory, Fixture } from './fixture.js';

const GROUPS: Readonly<Record<string, (test: Case) => void>> = {
  receiving: receivingCases,
  sending: sendingCases,
  'sending files': fileCases,
  closing: closingCases,
  deadlines: deadlineCases,
  'wake-ups': wakeUpCases,
  accepting: acceptingCases,
};

/** @param skips the names of cases that do not apply, and why. */
export function describeDispatcher(
  name: string,
  factory: DispatcherFactory,
  skips: Readonly<Record<string, string>> = {},
): void {
  const unknown = new Set(Object.keys(skips));
  const test: Case = (title, run) => {
    // Not registered rather than skipped: no program or privilege would make it apply.
    if (unknown.delete(title)) return;
    it(title, () => {
      const fixture = new Fixture(factory);
      try {
        run(fixture);
      } finally {
        fixture.destroy();
      }
    });
  };
  describe(name, () => {
    for (const [group, cases] of Object.entries(GROUPS)) describe(group, () => cases(test));
    it('skips only cases that exist', () => expect([...unknown]).toEqual([]));
  });
}
