/**
 * Reads a workload: one of those that come with Amped by its name, or a file. Whatever is wrong is one sentence with the file
 * and the line.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Located, readJsonText } from '../../config/json-text.js';
import type { Option } from '../../config/option.js';
import { OptionError } from '../../config/option-error.js';
import { fromJson } from '../../config/option-kinds.js';
import { refusal } from '../../config/options.js';
import { nearest } from '../../config/spelling.js';
import { readConfiguration } from '../configuration.js';
import { FIELD_NAMES, FIELDS, type FieldName, keyOfField, type Workload } from './fields.js';

const ENDING = '.json';
const SCHEMA_KEY = '$schema';
const SCHEMA_FILE = 'workload.schema.json';

/** Where those are that come with Amped: to be copied and edited. */
export const WORKLOADS_FOLDER = fileURLToPath(new URL('../../../workloads', import.meta.url));

const NAMES: ReadonlyMap<string, FieldName> = new Map(FIELD_NAMES.map((name) => [keyOfField(name), name]));

/** The names of the workloads that come with Amped. */
export function workloadNames(): string[] {
  return readdirSync(WORKLOADS_FOLDER)
    .filter((file) => file.endsWith(ENDING) && file !== SCHEMA_FILE)
    .map((file) => file.slice(0, -ENDING.length))
    .sort();
}

/** A workload by its name, or by the path of its file, beside which its log is looked for. Throws OptionError. */
export function readWorkload(nameOrFile: string): Workload {
  const names = workloadNames();
  if (names.includes(nameOrFile)) {
    return workloadIn(readFileSync(join(WORKLOADS_FOLDER, `${nameOrFile}${ENDING}`), 'utf8'), nameOrFile);
  }
  if (!nameOrFile.includes('/') && !nameOrFile.endsWith(ENDING)) {
    const meant = nearest(nameOrFile, names);
    const advice =
      meant === undefined ? `there are ${names.join(', ')}, or the path of a file.` : `did you mean ${meant}?`;
    throw new OptionError(`There is no workload ${nameOrFile}; ${advice}`);
  }
  let text: string;
  try {
    text = readFileSync(nameOrFile, 'utf8');
  } catch (error) {
    throw new OptionError(`The workload ${nameOrFile} cannot be read: ${reasonOf(error)}.`);
  }
  const workload = workloadIn(text, nameOrFile);
  return workload.log === '' ? workload : { ...workload, log: resolve(dirname(nameOrFile), workload.log) };
}

/** What a text says. Throws OptionError, naming the file as `file`. */
export function workloadIn(text: string, file: string): Workload {
  const root = readJsonText(text, file);
  if (root.members === undefined) throw new OptionError(`${file}:${root.line}: There must be an object in braces.`);
  const given: Partial<Record<FieldName, unknown>> = {};
  const lines: Partial<Record<FieldName, number>> = {};
  const sweep = NAMES.get(String(root.members.find(({ key }) => key === 'sweep')?.content.value));
  for (const { key, line, content } of root.members) {
    if (key === SCHEMA_KEY) continue;
    const name = NAMES.get(key);
    if (name === undefined) {
      const meant = nearest(key, [...NAMES.keys()]);
      const advice = meant === undefined ? `there are ${[...NAMES.keys()].join(', ')}.` : `did you mean ${meant}?`;
      throw new OptionError(`${file}:${line}: There is no key ${key}; ${advice}`);
    }
    given[name] =
      name === 'values' && sweep !== undefined ? readValues(sweep, content, file) : readValue(name, key, content, file);
    if (name === 'architectures') checkArchitectures(content, file);
    lines[name] = line;
  }
  const initial = FIELD_NAMES.map((name) => [name, (FIELDS[name] as Option<unknown>).initial]);
  const workload = { ...Object.fromEntries(initial), ...given } as Workload;
  const wrong = contradictionIn(workload);
  if (wrong !== undefined) {
    throw new OptionError(`${file}:${lines[wrong.field] ?? root.line}: ${wrong.sentence}`);
  }
  return workload;
}

function readValue(name: FieldName, key: string, content: Located, file: string): unknown {
  const { kind }: Option<unknown> = FIELDS[name];
  const value = fromJson(kind, content.value);
  if (value !== undefined) return value;
  const { item } = kind;
  if (item !== undefined) {
    const wrong = content.items?.findIndex((part) => fromJson(item, part.value) === undefined) ?? -1;
    const part = content.items?.[wrong];
    if (part !== undefined) {
      throw new OptionError(`${file}:${part.line}: ${refusal(`${key}[${wrong}]`, item.expected, part.value).message}`);
    }
    const { message } = refusal(key, `a list in brackets, each ${item.expected}`, content.value);
    throw new OptionError(`${file}:${content.line}: ${message}`);
  }
  throw new OptionError(`${file}:${content.line}: ${refusal(key, kind.expected, content.value).message}`);
}

/** What has a unit means what it would mean for the key that is varied: 5m are five minutes or five mebibytes. */
function readValues(sweep: FieldName, content: Located, file: string): unknown[] {
  const { kind }: Option<unknown> = FIELDS[sweep];
  const values = readValue('values', 'values', content, file) as number[];
  const { items = [] } = content;
  return items.map(({ value, line }, index) => {
    const plain = values[index];
    const own = typeof value === 'string' ? kind.read(value) : plain;
    if (own !== undefined) return own;
    const { message } = refusal(`a value of ${keyOfField(sweep)}`, kind.expected, value);
    throw new OptionError(`${file}:${line}: ${message}`);
  });
}

function checkArchitectures({ items = [] }: Located, file: string): void {
  for (const { value, line } of items) {
    try {
      readConfiguration(value as string);
    } catch (error) {
      throw new OptionError(`${file}:${line}: ${(error as Error).message}`);
    }
  }
}

interface Contradiction {
  readonly field: FieldName;
  readonly sentence: string;
}

/** What does not go together. */
function contradictionIn(workload: Workload): Contradiction | undefined {
  const { sweep, values, files, log, arrivals, coldConnections, slowLines, slowConnections } = workload;
  if (sweep !== '' && values.length === 0) return { field: 'sweep', sentence: `sweep ${sweep} needs values.` };
  if (sweep === '' && values.length > 0) {
    return { field: 'values', sentence: 'values go with sweep, which says of what.' };
  }
  for (const value of values) {
    if (sweep === '') break;
    const swept = NAMES.get(sweep) as FieldName;
    const { kind }: Option<unknown> = FIELDS[swept];
    if (!kind.accepts(value)) {
      return { field: 'values', sentence: refusal(`a value of ${sweep}`, kind.expected, value).message };
    }
  }
  if ((sweep === 'fileBytes' || sweep === 'fileCount') && files !== 'made') {
    return { field: 'sweep', sentence: `sweep ${sweep} goes with "files": "made" only.` };
  }
  if (arrivals === 'recorded' && log === '') {
    return {
      field: 'arrivals',
      sentence: 'arrivals recorded goes with a log only, which says when each request came.',
    };
  }
  if (log !== '' && files === 'made') return { field: 'log', sentence: 'log goes with "files": "given" only.' };
  if (slowLines === 'shaped' && slowConnections === 0 && sweep !== 'slowConnections') {
    return { field: 'slowLines', sentence: 'slowLines shaped goes with slowConnections, which are at their ends.' };
  }
  for (const field of ['slowDelayMilliseconds', 'slowLossPercent'] as const) {
    if (workload[field] === 0 || slowLines === 'shaped') continue;
    return { field, sentence: `${keyOfField(field)} goes with "slowLines": "shaped" only.` };
  }
  const cold = coldConnections > 0 || sweep === 'coldConnections';
  if (cold && answersByHandler(workload)) {
    return { field: 'coldConnections', sentence: 'coldConnections go with files only, not with a handler.' };
  }
  if (log !== '' && answersByHandler(workload)) {
    return { field: 'log', sentence: 'log goes with files only, not with a handler.' };
  }
  if (cold && files !== 'made') {
    return {
      field: coldConnections > 0 ? 'coldConnections' : 'sweep',
      sentence: 'coldConnections go with "files": "made" only: what they read is put out of memory again and again.',
    };
  }
  return undefined;
}

/** Whether a handler of an application answers, and no file. */
export function answersByHandler(workload: Workload): boolean {
  const { handlerCpuMilliseconds, handlerWaitMilliseconds, sweep } = workload;
  return handlerCpuMilliseconds > 0 || handlerWaitMilliseconds > 0 || sweep.startsWith('handler');
}

/** Whether the files are those of the directory of the command line, and not made. */
export function servesGiven({ files, log, coldConnections }: Workload): boolean {
  return files === 'given' && (log !== '' || coldConnections === 0);
}

/**
 * Whether servers would share what is scarce, the memory for the page cache or the disk: then each is started anew for each of
 * its turns, and is alone. A disk that is made slow is slow for what is in memory as well.
 */
export function isAlone({ memoryBytes, coldConnections, diskMilliseconds }: Workload): boolean {
  return memoryBytes > 0 || (coldConnections > 0 && diskMilliseconds === 0);
}

/** The workload at each value of what it sweeps, one if it sweeps nothing. */
export function pointsOf(workload: Workload): { readonly value?: number; readonly workload: Workload }[] {
  const { sweep, values } = workload;
  if (sweep === '') return [{ workload }];
  const field = NAMES.get(sweep) as FieldName;
  return values.map((value) => ({ value, workload: { ...workload, [field]: value } }));
}

/** With another log, its path as seen from the current directory. Throws OptionError where a log does not go with it. */
export function withLog(workload: Workload, log: string): Workload {
  const changed = { ...workload, log: resolve(log) };
  const wrong = contradictionIn(changed);
  if (wrong === undefined) return changed;
  throw new OptionError(`--log does not go with the workload ${workload.name}: ${wrong.sentence}`);
}

function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT') return 'it does not exist';
  if (code === 'EACCES') return 'reading it is not allowed';
  return code === 'EISDIR' ? 'it is a directory' : message;
}
