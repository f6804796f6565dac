/**
 * Tests run in processes, one a file: the signals, threads and mocked modules of one must not reach another. Where a file
 * has none of these it shares its process with others: a start takes longer than most of them.
 */
import { readdirSync } from 'node:fs';
import { configDefaults, defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** The conformance suite first: each of its files takes minutes, and one that began last would end alone. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isLong = ({ moduleId }: TestSpecification): boolean => moduleId.includes('/test/conformance/');
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))];
  }
}

/** Folders whose tests call functions and look at what they give, and those in them that do more than that. */
const FOLDERS = ['app', 'architecture', 'config', 'connection', 'docs', 'http', 'linux', 'log', 'metrics', 'site'];
const APART = [
  'app/stack-sample',
  'connection/blocking-calls',
  'linux/affinity',
  'log/log-writer',
  'metrics/proc',
  'site/shared-cache-race',
];

const SHARING = FOLDERS.flatMap((folder) =>
  readdirSync(new URL(`test/${folder}`, import.meta.url))
    .filter((name) => name.endsWith('.test.ts'))
    .map((name) => `${folder}/${name.replace('.test.ts', '')}`),
)
  .filter((name) => !APART.includes(name))
  .map((name) => `test/${name}.test.ts`);

export default defineConfig({
  test: {
    pool: 'forks',
    // Most tests wait for the kernel or for a deadline: as many files at a time as there are processors.
    maxWorkers: '100%',
    sequence: { sequencer: LongestFirst },
    testTimeout: 20_000,
    hookTimeout: 20_000,
    reporters: process.env.CI ? ['default', ['json', { outputFile: 'build/test-results.json' }]] : ['default'],
    projects: [
      { extends: true, test: { name: 'sharing', include: SHARING, isolate: false } },
      {
        extends: true,
        test: { name: 'apart', include: ['test/**/*.test.ts'], exclude: [...configDefaults.exclude, ...SHARING] },
      },
    ],
  },
});
