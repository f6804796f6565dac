/** Results of an earlier comparison, from their file. */
import { readFileSync } from 'node:fs';
import { OptionError } from '../../config/option-error.js';
import { FORMAT, type Results } from './results.js';
import { mistakeIn } from './schema-check.js';

/** It comes with the package. */
const SCHEMA = new URL('../../../compare-results.schema.json', import.meta.url);

/** Throws OptionError for a file that cannot be read or is something else. */
export function readResults(file: string): Results {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new OptionError(
      `The results ${file} cannot be read: ${code === 'ENOENT' ? 'there is no such file' : message}.`,
    );
  }
  let results: Partial<Results> | null;
  try {
    results = JSON.parse(text) as Partial<Results> | null;
  } catch (error) {
    throw new OptionError(`${file} is no JSON: ${(error as Error).message}.`);
  }
  if (results === null || !Array.isArray(results.workloads) || results.suites === undefined) {
    throw new OptionError(`${file} has no results of amped compare in it; --json writes them.`);
  }
  if (results.format !== FORMAT) {
    throw new OptionError(
      `${file} has results of format ${results.format}, and this Amped reads ${FORMAT}; measure again.`,
    );
  }
  const mistake = mistakeIn(results, JSON.parse(readFileSync(SCHEMA, 'utf8')));
  if (mistake !== undefined) throw new OptionError(`${file} is no whole results of amped compare: ${mistake}.`);
  return results as Results;
}
