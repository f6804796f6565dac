/** Which of two media types a client wants. */
import { expect, it } from 'vitest';
import { prefers } from '../../src/http/accept.js';

it.each([
  [undefined, false],
  ['', false],
  ['*/*', false],
  ['text/html', false],
  ['text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', false],
  ['application/json', true],
  ['Application/JSON', true],
  ['application/json;q=0', false],
  ['application/json;q=2', false],
  ['application/json, text/plain, */*', true],
  ['application/json;q=0.5, */*;q=0.8', false],
  ['application/json, text/html', false],
  ['application/json, text/html;q=0.9', true],
  ['application/json ; q=0.8 , text/* ; q=0.9', false],
  ['*/*;q=1, text/html;q=0.1, application/json;q=0.2', true],
  ['application/json;charset=utf-8', true],
])('%s', (accept, expected) => expect(prefers(accept, 'application/json', 'text/html')).toBe(expected));
