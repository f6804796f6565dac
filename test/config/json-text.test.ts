/** JSON with lines: it takes what JSON.parse takes, save a key that is there twice, and says where the rest is wrong. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readJsonText } from '../../src/config/json-text.js';
import { OptionError } from '../../src/config/option-error.js';

describe('what is good', () => {
  it('has a line for everything', () => {
    const root = readJsonText('{\n  "a": 1,\n  "b": [\n    true,\n    { "c": null }\n  ]\n}', 'x.json');
    expect(root).toMatchObject({
      line: 1,
      value: { a: 1, b: [true, { c: null }] },
      members: [
        { key: 'a', line: 2, content: { line: 2, value: 1 } },
        {
          key: 'b',
          line: 3,
          content: { line: 3, items: [{ line: 4 }, { line: 5, members: [{ key: 'c', line: 5 }] }] },
        },
      ],
    });
  });

  it('is what JSON.parse makes of it', () => {
    fc.assert(
      fc.property(fc.json(), fc.constantFrom(undefined, 2), (text, indent) => {
        const value: unknown = JSON.parse(text);
        expect(readJsonText(JSON.stringify(value, null, indent), 'x').value).toStrictEqual(value);
      }),
    );
  });

  it('may have any key', () => {
    const root = readJsonText('{"__proto__": 1, "constructor": 2}', 'x');
    expect(Object.keys(root.value as object)).toEqual(['__proto__', 'constructor']);
  });
});

describe('what is wrong is a sentence with line and column', () => {
  it.each([
    ['', '1:1: a value is missing.'],
    ['{', '1:2: a } is missing.'],
    ['[1', '1:3: a ] is missing.'],
    ['{"a": 1,}', '1:9: a key in double quotes is missing.'],
    ['{"a": 1\n "b": 2}', '2:2: a comma is missing.'],
    ['{"a" 1}', '1:6: a colon is missing.'],
    ['{"a":\n\n}', '3:1: a value is missing.'],
    ['{\n  // no\n}', '2:3: there are no comments in JSON.'],
    ['{"a": yes}', '1:7: this is no JSON value (text stands in double quotes).'],
    ["{'a': 1}", '1:2: this is no JSON value (text stands in double quotes).'],
    ['{"a": "x\n"}', '1:7: the text that begins here does not end on its line.'],
    ['{"a": "\\q"}', '1:7: this may not follow a backslash.'],
    ['{"a": "\t"}', '1:7: there is a control character, which is written \\t or \\u0009.'],
    ['{} {}', '1:4: there is something behind the end.'],
    ['{\n"a": 1,\n"b": 2, "a": 3}', '3:9: a is there already, in line 2.'],
    ['{"x": {"a": 1, "a": 3}}', '1:16: a is there already, in line 1.'],
  ])('%j', (text, sentence) => {
    expect(() => readJsonText(text, 'x.json')).toThrow(new OptionError(`x.json:${sentence}`));
  });

  it('however deep', () => {
    expect(() => readJsonText('['.repeat(200_000), 'x.json')).toThrow(
      new OptionError('x.json: this is nested too deeply.'),
    );
  });

  it('whatever it is', () => {
    const piece = fc.oneof(
      fc.constantFrom(
        '{',
        '}',
        '[',
        ']',
        ',',
        ':',
        '"',
        '"a"',
        '1',
        '-',
        '.5',
        'true',
        'nul',
        '\n',
        ' ',
        '\\',
        '//',
        '/*',
      ),
      fc.string({ maxLength: 3 }),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const text = pieces.join('');
        let good = true;
        try {
          JSON.parse(text);
        } catch {
          good = false;
        }
        try {
          readJsonText(text, 'x');
          expect(good).toBe(true);
        } catch (error) {
          expect(error).toBeInstanceOf(OptionError);
          expect((error as Error).message).toMatch(/^x:\d+:\d+: .*\.$/s);
          if (good) expect((error as Error).message).toContain('is there already');
        }
      }),
      { numRuns: 3000 },
    );
  });
});
