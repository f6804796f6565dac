/** The body of a request: what a handler gets that reads it too late, or when it has come already. */
import { beforeEach, expect, it } from 'vitest';
import type { Client } from '../../src/app/client.js';
import { IncomingBody } from '../../src/app/incoming-body.js';

let asked: string[];
let body: IncomingBody;

beforeEach(() => {
  asked = [];
  const client: Partial<Client> = { readBody: () => asked.push('read'), skipBody: () => asked.push('skip') };
  body = new IncomingBody(client as Client, 5);
});

function come(text: string): void {
  body.take(Buffer.from(text), 0, text.length);
}

it('one that nobody has begun to read before the answer fails, and asks nothing of the connection', async () => {
  come('he');
  body.discard();
  const bytes = body.bytes();
  const read = body.stream().getReader().read();
  come('llo');
  body.end();
  const sentence = 'The body was not read before the answer was given.';
  await expect(bytes).rejects.toThrow(new TypeError(sentence));
  await expect(read).rejects.toThrow(new TypeError(sentence));
  expect(asked).toEqual(['skip']);
});

it('one that had come whole by then is given', async () => {
  come('hello');
  body.end();
  body.discard();
  expect(Buffer.from(await body.bytes()).toString()).toBe('hello');
  expect(asked).toEqual([]);
});

it('one whose client has gone fails without being asked for', async () => {
  come('he');
  body.fail(new Error('gone'));
  await expect(body.bytes()).rejects.toThrow('gone');
  expect(asked).toEqual([]);
});

it('a stream that is cancelled ends, and the rest is gone through', async () => {
  const reader = body.stream().getReader();
  const read = reader.read();
  await Promise.resolve();
  await reader.cancel();
  expect((await read).done).toBe(true);
  expect(asked).toEqual(['read', 'skip']);
});
