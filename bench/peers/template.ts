/** Fills in a committed configuration file: each `{{name}}` becomes its value, and none may be left over. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { benchFile } from './project.js';

/** Writes config/TEMPLATE, filled in, to the folder; the answer is the path written. */
export function writeConfiguration(
  template: string,
  folder: string,
  values: Readonly<Record<string, string | number>>,
): string {
  const text = readFileSync(benchFile('config', template), 'utf8').replace(/\{\{(\w+)\}\}/g, (_, name: string) => {
    const value = values[name];
    if (value === undefined) throw new Error(`config/${template} asks for {{${name}}}, which has no value.`);
    return String(value);
  });
  const path = join(folder, template);
  writeFileSync(path, text);
  return path;
}
