/**
 * Reads vitest's JSON report and prints its counts in one plain line, 'N passed, N failed'.
 * Ends with 1 when a test failed, was skipped or is still to be written, or when none ran.
 */
import { readFileSync } from 'node:fs';

const report = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const tests = report.testResults.flatMap((file) => file.assertionResults.map((test) => ({ ...test, file: file.name })));
const counts = { passed: 0, failed: 0, skipped: 0 };
for (const { status, fullName, file } of tests) {
  // Everything that did not run counts as skipped: vitest calls it pending, skipped, todo or disabled.
  const kind = status === 'passed' || status === 'failed' ? status : 'skipped';
  counts[kind]++;
  if (kind !== 'passed') console.log(`${kind}: ${file}: ${fullName}`);
}
const good = report.success && counts.passed > 0 && counts.failed === 0 && counts.skipped === 0;
console.log(
  `${counts.passed} passed, ${counts.failed} failed${counts.skipped > 0 ? `, ${counts.skipped} skipped` : ''}`,
);
process.exitCode = good ? 0 : 1;
