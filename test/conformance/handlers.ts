/** Applications: what a handler is given, what becomes of what it gives, and what happens when it fails. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { frameworks } from './frameworks.js';
import { exchange, fetchOnce, RawConnection, type Response, request } from './raw-client.js';
import type { Running } from './running.js';
import { eventually } from './server-process.js';

/** As the server is started: long enough for every other case. */
export const HANDLER_TIMEOUT_MILLISECONDS = 1500;
const IDLE_MILLISECONDS = 800;
const POST = { method: 'POST' };

export function handlers(running: Running): void {
  const get = (target: string, fields: readonly string[] = []): Promise<Response> =>
    fetchOnce(running.port, target, fields);
  const post = (target: string, body: string, fields: readonly string[] = []): Promise<Response> =>
    fetchOnce(running.port, target, [`Content-Length: ${Buffer.byteLength(body, 'latin1')}`, ...fields], {
      ...POST,
      body,
    });
  const said = (words: string): Promise<boolean> =>
    eventually(() => running.server.stderr.includes(`handler says: ${words}`));
  /** The next answer on the connection is the one to this request. */
  const expectNext = async (connection: RawConnection): Promise<void> => {
    await connection.send(request('/hello'));
    expect((await connection.readResponse()).body.toString()).toBe('hello');
  };

  it('text comes whole, with its type and length, and the connection stays open', async () => {
    const answers = await exchange(running.port, request('/hello').repeat(3), ['GET', 'GET', 'GET']);
    for (const answer of answers) {
      expect(answer.status).toBe(200);
      expect(answer.field('content-type')).toBe('text/plain;charset=UTF-8');
      expect(answer.framing).toBe(5);
      expect(answer.field('date')).toMatch(/ GMT$/);
      expect(answer.body.toString()).toBe('hello');
    }
  });

  it('text is UTF-8, and header values are Latin-1', async () => {
    const answer = await get('/unicode');
    expect(answer.body.toString()).toBe('héllo 日本');
    expect(answer.field('x-latin')).toBe('é');
  });

  it('what a promise gives is answered when it is there', async () => {
    const [later, next] = await exchange(running.port, request('/later') + request('/hello'), ['GET', 'GET']);
    expect(later?.field('content-type')).toBe('application/json');
    expect(later?.body.toString()).toBe('{"later":true}');
    expect(next?.body.toString()).toBe('hello');
  });

  it('what a timer brings is answered at once, though nobody says anything meanwhile', async () => {
    const connection = await RawConnection.open(running.port);
    const began = performance.now();
    for (let time = 0; time < 10; time++) {
      await connection.send(request('/later'));
      expect((await connection.readResponse()).body.toString()).toBe('{"later":true}');
    }
    // Each takes 30 ms; who waited for something else instead would look for what there is once a second.
    expect(performance.now() - began).toBeLessThan(5000);
    connection.close();
  });

  it('who waits for a request uses next to no processor time', async () => {
    await expectNext(await RawConnection.open(running.port));
    RawConnection.closeAll();
    await sleep(IDLE_MILLISECONDS);
    const before = running.server.processorMilliseconds();
    await sleep(IDLE_MILLISECONDS);
    // Workers that spin would take all of it.
    expect(running.server.processorMilliseconds() - before).toBeLessThan(IDLE_MILLISECONDS / 4);
  });

  it('a handler is told what was asked for, and by whom', async () => {
    const connection = await RawConnection.open(running.port);
    const fields = ['User-Agent: me', 'X-Several: 1', 'X-SEVERAL:  2 '];
    await connection.send(request('/about?a=%20&b', fields, { method: 'PATCH', host: 'Example.ORG:80' }));
    const told = JSON.parse((await connection.readResponse('PATCH')).body.toString());
    const port = connection.socket.localPort;
    expect(told).toEqual({
      ...{ method: 'PATCH', url: 'http://example.org/about?a=%20&b', agent: 'me', several: '1, 2' },
      ...{ address: { address: '127.0.0.1', port, family: 'IPv4' }, same: port, ours: true },
    });
    connection.close();
  });

  it.each(['/throws', '/rejects', '/nothing', '/used'])(
    '%s is answered 500, and says nothing of why',
    async (target) => {
      const [failed, next] = await exchange(running.port, request(target) + request('/hello'), ['GET', 'GET']);
      expect(failed?.status).toBe(500);
      expect(failed?.body.toString()).toBe('500 Internal Server Error\n');
      expect(next?.body.toString()).toBe('hello');
      expect(await eventually(() => running.server.stderr.includes(`The application failed on GET ${target}: `))).toBe(
        true,
      );
    },
  );

  it('the log has the stack of what was thrown', async () => {
    await get('/throws');
    expect(await eventually(() => /Error: a secret thing\n {4}at .*app\.mjs/.test(running.server.stderr))).toBe(true);
  });

  it('a handler that never answers is answered for: 503', async () => {
    const answer = await get('/never');
    expect(answer.status).toBe(503);
    expect(answer.field('connection')).toBe('close');
    expect((await get('/hello')).status).toBe(200);
  });

  it.each([
    ['/text', 'some text'],
    ['/bytes', '\xff\x00\x80'],
    ['/json', '{"a":[1,"2"]}'],
    ['/stream-back', 'and back'],
  ])('%s has the body, by Content-Length and in chunks', async (target, body) => {
    expect((await post(target, body)).body.toString('latin1')).toBe(body);
    const half = Math.ceil(body.length / 2);
    const chunks = [body.slice(0, half), body.slice(half)].map((part) => `${part.length.toString(16)}\r\n${part}\r\n`);
    const options = { ...POST, body: `${chunks.join('')}0\r\n\r\n` };
    const chunked = await fetchOnce(running.port, target, ['Transfer-Encoding: chunked'], options);
    expect(chunked.body.toString('latin1')).toBe(body);
  });

  it('forms are read, and written', async () => {
    const read = await post('/form', 'a=1&b=2+3', ['Content-Type: application/x-www-form-urlencoded']);
    expect(JSON.parse(read.body.toString())).toEqual([
      ['a', '1'],
      ['b', '2 3'],
    ]);
    const form = await get('/form-out');
    expect(form.field('content-type')).toMatch(/^multipart\/form-data; boundary=/);
    expect(form.body.toString()).toContain('name="name"\r\n\r\nvalue\r\n');
    expect((await get('/params')).body.toString()).toBe('a=1&b=2+3');
  });

  it('a large body is echoed as it comes, while the rest is still being sent', async () => {
    const body = Buffer.alloc(900_000, 'some bytes that are no power of two');
    for (const target of ['/stream-back', '/bytes']) {
      const answer = await post(target, body.toString('latin1'));
      expect(answer.body.equals(body)).toBe(true);
    }
    const json = JSON.stringify({ before: 1, text: 'a long string '.repeat(60_000), after: [true] });
    for (const target of ['/json', '/text']) {
      expect((await post(target, json)).body.equals(Buffer.from(json))).toBe(true);
    }
  });

  it('each chunk goes out at once: a client that answers each hears of the next', async () => {
    const connection = await RawConnection.open(running.port);
    await connection.send(request('/stream-back', ['Transfer-Encoding: chunked'], { ...POST, body: '3\r\none\r\n' }));
    expect((await connection.readHead('POST')).framing).toBe('chunked');
    for (const word of ['one', 'two', 'six']) {
      expect((await connection.readBytes(8)).toString()).toBe(`3\r\n${word}\r\n`);
      await connection.send(word === 'one' ? '3\r\ntwo\r\n' : word === 'two' ? '3\r\nsix\r\n' : '0\r\n\r\n');
    }
    expect((await connection.readBytes(5)).toString()).toBe('0\r\n\r\n');
    await expectNext(connection);
    connection.close();
  });

  it('a body that nobody reads is passed over, and the connection stays in step', async () => {
    const body = 'b'.repeat(400_000);
    const bytes = request('/unread', [`Content-Length: ${body.length}`], { ...POST, body }) + request('/hello');
    const [first, second] = await exchange(running.port, bytes, ['POST', 'GET']);
    expect(first?.body.toString()).toBe('not read');
    expect(second?.body.toString()).toBe('hello');
  });

  it('a body beyond the limit is refused, announced or not', async () => {
    const announced = await fetchOnce(running.port, '/text', ['Content-Length: 1048577'], POST);
    expect(announced.status).toBe(413);
    const chunk = `${(1_048_577).toString(16)}\r\n`;
    const sent = await fetchOnce(running.port, '/text', ['Transfer-Encoding: chunked'], { ...POST, body: chunk });
    expect(sent.status).toBe(413);
  });

  it('RFC 9110 10.1.1: 100 is sent when the body is asked for, and not when it is not', async () => {
    const fields = ['Content-Length: 4', 'Expect: 100-continue'];
    const connection = await RawConnection.open(running.port);
    await connection.send(request('/text', fields, POST));
    expect((await connection.readHead('POST')).status).toBe(100);
    await connection.send('body');
    expect((await connection.readResponse('POST')).body.toString()).toBe('body');
    connection.close();
    const refused = await RawConnection.open(running.port);
    await refused.send(request('/refuses', fields, POST));
    expect((await refused.readResponse('POST')).status).toBe(403);
    await refused.expectEnd();
  });

  it('streams are chunked for HTTP/1.1, end with the connection for 1.0, and HEAD has none', async () => {
    const chunked = await get('/stream');
    expect(chunked.framing).toBe('chunked');
    expect(chunked.body.toString()).toBe('one two three');
    const old = await fetchOnce(running.port, '/stream', ['Connection: keep-alive'], { version: 'HTTP/1.0' });
    expect(old.framing).toBe('close');
    expect(old.body.toString()).toBe('one two three');
    const methods = ['HEAD', 'HEAD', 'HEAD', 'GET'];
    const bytes = ['/stream', '/hello', '/sized'].map((target) => request(target, [], { method: 'HEAD' })).join('');
    const [, text, sized, next] = await exchange(running.port, bytes + request('/hello'), methods);
    expect(text?.field('content-length')).toBe('5');
    expect(sized?.field('content-length')).toBe('15');
    expect(next?.body.toString()).toBe('hello');
  });

  it('what has a length says it, and what has no body has none', async () => {
    const sized = await get('/sized');
    expect([sized.framing, sized.field('content-type')]).toEqual([15, 'text/x-blob']);
    const [empty, redirect, next] = await exchange(
      running.port,
      request('/empty') + request('/redirect') + request('/hello'),
      ['GET', 'GET', 'GET'],
    );
    expect(empty?.status).toBe(204);
    expect([redirect?.status, redirect?.field('location'), redirect?.framing]).toEqual([
      303,
      'http://example.org/there',
      0,
    ]);
    expect(next?.body.toString()).toBe('hello');
    const cookies = (await get('/cookies')).fields.filter(([name]) => name === 'set-cookie');
    expect(cookies.map(([, value]) => value)).toEqual(['a=1', 'b=2']);
    const large = await get('/large');
    expect(large.body.length).toBe(3_000_000);
  });

  it('a stream that breaks ends the connection, so that nobody takes it for whole', async () => {
    const connection = await RawConnection.open(running.port);
    await connection.send(request('/breaks'));
    expect((await connection.readHead()).framing).toBe('chunked');
    expect((await connection.readToEnd()).toString()).toBe('5\r\nbegun\r\n');
    expect(await eventually(() => running.server.stderr.includes('a secret stream'))).toBe(true);
  });

  it('events are there at once, and their stream is cancelled when the client goes', async () => {
    const connection = await RawConnection.open(running.port);
    await connection.send(request('/tick'));
    await connection.readHead();
    expect((await connection.readBytes(18)).toString()).toBe('d\r\ndata: first\n\n\r\n');
    connection.close();
    expect(await said('cancelled')).toBe(true);
  });

  it('a client that goes away fires the signal, or breaks the body being read', async () => {
    const waiting = await RawConnection.open(running.port);
    await waiting.send(request('/waits'));
    expect(await said('waits')).toBe(true);
    waiting.close();
    expect(await said('aborted AbortError')).toBe(true);
    const sending = await RawConnection.open(running.port);
    await sending.send(request('/reads', ['Content-Length: 10'], { ...POST, body: 'half' }));
    expect(await said('reads')).toBe(true);
    sending.close();
    expect(await said('failed to read AbortError')).toBe(true);
  });

  it('what a handler goes on with after its answer comes to its end', async () => {
    const connection = await RawConnection.open(running.port);
    await connection.send(request('/after'));
    expect((await connection.readResponse()).body.toString()).toBe('before');
    expect(await said('afterwards')).toBe(true);
    connection.close();
  });

  it('files come first, and what is no file is the handler’s', async () => {
    const [file, missing, next] = await exchange(
      running.port,
      request('/hello.txt') + request('/no-such-file') + request('/hello.txt'),
      ['GET', 'GET', 'GET'],
    );
    expect(file?.body.toString()).toBe(running.fixture.text('hello.txt'));
    expect([missing?.status, missing?.body.toString()]).toEqual([404, 'no route']);
    expect(next?.body.toString()).toBe(running.fixture.text('hello.txt'));
  });

  it('what Node’s own fetch gives is an answer', async (context) => {
    // It asks this very server: another worker must be there.
    if (running.architecture.connectionsAtOnce < 2) context.skip('one connection at a time');
    expect((await fetchOnce(running.port, '/fetches', [], { host: `127.0.0.1:${running.port}` })).body.toString()).toBe(
      'hello',
    );
  });

  frameworks(running);

  const { workers } = running.architecture;
  if (workers?.where === 'processes') {
    it('a handler that ends its process costs its own requests alone', async () => {
      const other = await RawConnection.open(running.port);
      const dying = await RawConnection.open(running.port);
      if (workers?.blocking === true) await expectNext(other);
      await dying.send(request('/exit'));
      await dying.expectEnd();
      if (workers?.blocking === true) await expectNext(other);
      other.close();
      expect(await eventually(() => running.server.stderr.includes('exit code 7'))).toBe(true);
      expect((await get('/hello')).status).toBe(200);
    });
  }
}
