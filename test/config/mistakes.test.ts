/** Mistakes inside of objects are found by the schema of what should be there. */
import { expect, it } from 'vitest';
import { readJsonText } from '../../src/config/json-text.js';
import { mistakeIn } from '../../src/config/mistakes.js';

const RULE = {
  type: 'object',
  properties: {
    from: { type: 'string', minLength: 1, pattern: '^/' },
    to: { description: 'a path or an address', type: 'string', minLength: 1 },
    status: { enum: [301, 302] },
    fields: {
      type: 'array',
      items: {
        type: 'object',
        properties: { name: { type: 'string' }, value: { type: ['string', 'null'] } },
        required: ['name', 'value'],
        additionalProperties: false,
      },
    },
    count: { anyOf: [{ type: 'integer', minimum: 1, maximum: 9 }, { const: 'auto' }] },
  },
  required: ['from', 'to'],
  additionalProperties: false,
};

it.each([
  ['{"from": "/a",\n"too": "/b"}', 2, 'There is no too in redirects[0]; did you mean to?'],
  [
    '{"from": "/a", "to": "/b",\n"xyz": 1}',
    2,
    'There is no xyz in redirects[0]; there are from, to, status, fields, count.',
  ],
  ['{"from": "/a"}', 1, 'redirects[0] lacks to.'],
  ['{"from": "/a",\n\n"to": ""}', 3, 'redirects[0].to must be a path or an address, not "".'],
  ['{"from": "a", "to": "/b"}', 1, 'redirects[0].from must be of the type string, not "a".'],
  ['{"from": "/a", "to": "/b",\n"status": 200}', 2, 'redirects[0].status must be one of 301, 302, not 200.'],
  [
    '{"from": "/a", "to": "/b", "fields": [\n{"name": "X", "value": 1}]}',
    2,
    'redirects[0].fields[0].value must be of the type string or null, not 1.',
  ],
  ['{"from": "/a", "to": "/b", "fields": [\n{"name": "X"}]}', 2, 'redirects[0].fields[0] lacks value.'],
  ['{"from": "/a", "to": "/b", "count": 10}', 1, /^redirects\[0\]\.count must be /],
])('%j', (text, line, message) => {
  const mistake = mistakeIn(readJsonText(text, 'x'), RULE, 'redirects[0]');
  expect(mistake?.line).toBe(line);
  expect(mistake?.message).toEqual(typeof message === 'string' ? message : expect.stringMatching(message));
});

it.each([
  '{"from": "/a", "to": "/b", "status": 302, "count": "auto", "fields": [{"name": "X", "value": null}]}',
  '{"from": "/a", "to": "/b", "count": 9, "fields": []}',
  '[]',
  '"text"',
])('none in %j', (text) => {
  expect(mistakeIn(readJsonText(text, 'x'), RULE, 'x')).toBeUndefined();
});
