/** Where the results of `amped compare` go: the terminal, and the files that were asked for. */
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { changesBetween, changesText } from '../compare/report/changes.js';
import { csvText } from '../compare/report/csv.js';
import { markdownText } from '../compare/report/markdown.js';
import { terminalText } from '../compare/report/terminal.js';
import type { Results } from '../compare/results/results.js';
import type { CompareFlags } from '../config/compare-flags.js';
import { OptionError } from '../config/option-error.js';
import { wantsColours } from './start-block.js';

const STANDARD_OUTPUT = '-';
/** Where nothing is known of the terminal. */
const USUAL_WIDTH = 100;

/** What is to be written must be writable before minutes are spent. Throws OptionError. */
export function checkOutputs({ json, markdown, csv, report }: CompareFlags): void {
  for (const file of [json, markdown, csv, report]) {
    if (file === undefined || file === STANDARD_OUTPUT) continue;
    try {
      const isNew = !existsSync(file);
      // What is there already stays until there is something to take its place.
      writeFileSync(file, '', { flag: 'a' });
      if (isNew) rmSync(file);
    } catch (error) {
      throw new OptionError(`${file} cannot be written: ${(error as Error).message}.`);
    }
  }
}

export async function writeOutputs(results: Results, flags: CompareFlags, earlier: Results | undefined): Promise<void> {
  const { against: file = '' } = flags;
  const against = earlier && { file, changes: changesBetween(earlier, results) };
  const outputs: ReadonlyArray<readonly [file: string | undefined, make: () => string | Promise<string>]> = [
    [flags.json, () => `${JSON.stringify(results, null, 1)}\n`],
    [flags.markdown, () => markdownText(results, against)],
    [flags.csv, () => csvText(results)],
    [flags.report, async () => (await import('../compare/report/page.js')).pageText(results, against)],
  ];
  let taken = false;
  for (const [file, make] of outputs) {
    if (file === undefined) continue;
    if (file === STANDARD_OUTPUT) {
      taken = true;
      process.stdout.write(await make());
    } else writeFileSync(file, await make());
  }
  if (!taken) process.stdout.write(terminalText(results, lookOf(process.stdout, process.env), against));
  else if (against !== undefined && flags.markdown !== STANDARD_OUTPUT) {
    // Neither JSON nor CSV has room for it.
    process.stderr.write(changesText(against.changes, file));
  }
}

function lookOf(stream: NodeJS.WriteStream, environment: NodeJS.ProcessEnv): Parameters<typeof terminalText>[1] {
  const { LC_ALL, LC_CTYPE, LANG } = environment;
  return {
    width: stream.columns ?? USUAL_WIDTH,
    coloured: wantsColours(stream, environment),
    blocks: /utf-?8/i.test(LC_ALL || LC_CTYPE || LANG || ''),
  };
}
