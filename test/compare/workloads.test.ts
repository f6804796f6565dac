/** Workloads: those that come with Amped, and what is said of a wrong one. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { readConfiguration } from '../../src/compare/configuration.js';
import { workloadSchemaText } from '../../src/compare/workloads/fields.js';
import {
  pointsOf,
  readWorkload,
  WORKLOADS_FOLDER,
  workloadIn,
  workloadNames,
} from '../../src/compare/workloads/read-workload.js';

const NAMES = ['blocking', 'connections', 'data-set', 'handler', 'idle', 'single-file', 'site', 'trace', 'wan'];

const schema = JSON.parse(workloadSchemaText());
const accepts = new Ajv2020({ strict: true, allowUnionTypes: true }).compile(schema);

describe('those that come with Amped', () => {
  it('are these, and the package has them', () => {
    expect(workloadNames()).toEqual(NAMES);
    expect(JSON.parse(readFileSync('package.json', 'utf8')).files).toContain('workloads');
  });

  it('have a schema that is in step: else run npm run generate', () => {
    expect(readFileSync(join(WORKLOADS_FOLDER, 'workload.schema.json'), 'utf8')).toBe(workloadSchemaText());
    for (const { description } of Object.values(schema.properties) as { description: string }[]) {
      expect(description).toMatch(/^\w.*[^.]$/);
    }
  });

  it.each(NAMES)('%s says what the schema allows, has a title, and names architectures that there are', (name) => {
    expect(accepts(JSON.parse(readFileSync(join(WORKLOADS_FOLDER, `${name}.json`), 'utf8'))), name).toBe(true);
    const workload = readWorkload(name);
    expect(workload.name).toBe(name);
    expect(workload.title).not.toBe('');
    for (const architecture of workload.architectures) expect(readConfiguration(architecture).name).toBe(architecture);
    expect(pointsOf(workload).length).toBe(Math.max(1, workload.values.length));
  });
});

describe('a sweep', () => {
  it('varies one key and nothing else', () => {
    const points = pointsOf(
      workloadIn('{ "files": "made", "sweep": "fileBytes", "values": ["1KiB", 2048] }', 'a.json'),
    );
    expect(points.map(({ value }) => value)).toEqual([1024, 2048]);
    expect(points.map(({ workload }) => workload.fileBytes)).toEqual([1024, 2048]);
    expect(new Set(points.map(({ workload }) => JSON.stringify({ ...workload, fileBytes: 0 }))).size).toBe(1);
  });
});

it('the values of a sweep have the unit of what is varied', () => {
  const valuesOf = (sweep: string, values: unknown[]) =>
    workloadIn(JSON.stringify({ files: 'made', values, sweep }), 'a.json').values;
  expect(valuesOf('handlerCpu', ['1ms', '5m', 20])).toEqual([1, 300_000, 20]);
  expect(valuesOf('fileBytes', ['5m', 20])).toEqual([5 * 2 ** 20, 20]);
  expect(accepts({ sweep: 'handlerWait', values: ['20ms', '64KiB', 7] })).toBe(true);
});

describe('a wrong one is refused by one sentence with the line', () => {
  it.each([
    ['{\n  "conections": 4\n}', 'my.json:2: There is no key conections; did you mean connections?'],
    ['{\n  "connections": 0\n}', 'my.json:2: connections must be a whole number from 1 to 10000, not 0.'],
    [
      '{\n\n  "think": 20\n}',
      'my.json:3: think must be a time from 0 to 60s with its unit (such as 500ms, 20s or 5min), not 20.',
    ],
    ['{ "order": "random" }', 'my.json:1: order must be one of zipf, uniform, not "random".'],
    ['{ "sweep": "connections" }', 'my.json:1: sweep connections needs values.'],
    ['{\n "values": [1]\n}', 'my.json:2: values go with sweep, which says of what.'],
    [
      '{ "sweep": "connections",\n "values": [1, 99999] }',
      'my.json:2: a value of connections must be a whole number from 1 to 10000, not 99999.',
    ],
    ['{ "values": [1,\n "x"] }', /^my\.json:2: values\[1\] must be a number, with its unit where it has one/],
    [
      '{ "sweep": "handlerCpu",\n "values": ["1KiB"] }',
      /^my\.json:2: a value of handlerCpu must be a time from 0 to 1h with its unit .*, not "1KiB"\.$/,
    ],
    [
      '{ "values": ["20ms"], "sweep": "connections" }',
      'my.json:1: a value of connections must be a whole number from 1 to 10000, not "20ms".',
    ],
    [
      '{ "architectures": ["thread:4",\n "event/kqueue"] }',
      'my.json:2: "event/kqueue" is no architecture: the dispatchers are select, poll, epoll, io_uring.',
    ],
    ['{ "sweep": "fileBytes", "values": [1] }', 'my.json:1: sweep fileBytes goes with "files": "made" only.'],
    [
      '{ "arrivals": "recorded" }',
      'my.json:1: arrivals recorded goes with a log only, which says when each request came.',
    ],
    ['{ "coldConnections": 2, "disk": "20ms" }', /^my\.json:1: coldConnections go with "files": "made" only: /],
    [
      '{ "sweep": "coldConnections",\n"values": [1, 2] }',
      /^my\.json:1: coldConnections go with "files": "made" only: /,
    ],
    ['{ "log": "x",\n "handlerWait": "1ms" }', 'my.json:1: log goes with files only, not with a handler.'],
    ['{ "slowLines": "shaped" }', 'my.json:1: slowLines shaped goes with slowConnections, which are at their ends.'],
    ['{ "slowConnections": 1,\n"slowDelay": "40ms" }', 'my.json:2: slowDelay goes with "slowLines": "shaped" only.'],
    ['{ "slowLossPercent": 51 }', 'my.json:1: slowLossPercent must be a number from 0 to 50, of a hundred, not 51.'],
    ['{ "connections": 4', /^my\.json:1:\d+: a \} is missing\.$/],
    ['[]', 'my.json:1: There must be an object in braces.'],
    ['{ "name": "My Site" }', /^my\.json:1: name must be a name of small letters, digits and hyphens/],
  ])('%j', (text, sentence) => {
    expect(() => workloadIn(text, 'my.json')).toThrow(sentence);
  });

  it('also when it is not there, or has no such name', () => {
    const folder = mkdtempSync(join(tmpdir(), 'amped-workloads-'));
    try {
      expect(() => readWorkload('sitte')).toThrow('There is no workload sitte; did you mean site?');
      expect(() => readWorkload('zzz')).toThrow(
        /^There is no workload zzz; there are blocking, .* or the path of a file\.$/,
      );
      const absent = join(folder, 'absent.json');
      expect(() => readWorkload(absent)).toThrow(`The workload ${absent} cannot be read: it does not exist.`);
      expect(() => readWorkload(`${folder}/`)).toThrow(/cannot be read: it is a directory\.$/);
      const mine = join(folder, 'mine.json');
      writeFileSync(mine, '{ "name": "mine", "connections": 3 }');
      expect(readWorkload(mine)).toMatchObject({ name: 'mine', connections: 3, keepAlive: true });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
