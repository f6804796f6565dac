/** What the Fetch standard says of Response: each case with what comes of it, as outcomes.mjs tells it. */
import { streamOf, URL_OF_REQUEST } from './outcomes.mjs';

export const RESPONSES = [
  [
    'Response: tags',
    ({ Request, Response, Headers }) => [
      String(new Request(URL_OF_REQUEST)),
      String(new Response()),
      String(new Headers()),
    ],
    '["[object Request]","[object Response]","[object Headers]"]',
  ],
  ['Response: call no new', ({ Response }) => Response(), 'throws TypeError'],
  ['Response: illegal', ({ Response }) => Response.prototype.status, 'throws TypeError'],
  [
    'Response: illegal text',
    ({ Response }) =>
      Response.prototype.text.call({}).then(
        () => 1,
        (e) => e.name,
      ),
    '"TypeError"',
  ],
  [
    'Response: null body text',
    async ({ Response }) => {
      const r = new Response(null);
      const t = await r.text();
      return [t, r.bodyUsed, await r.text()];
    },
    '["",false,""]',
  ],
  ['Response: null json', async ({ Response }) => new Response(null).json(), 'throws SyntaxError'],
  ['Response: empty json', async ({ Response }) => new Response('').json(), 'throws SyntaxError'],
  [
    'Response: undefined body',
    async ({ Response }) => [new Response(undefined).body, new Response(undefined).headers.get('content-type')],
    '[null,null]',
  ],
  [
    'Response: number body',
    async ({ Response }) => [await new Response(42).text(), new Response(42).headers.get('content-type')],
    '["42","text/plain;charset=UTF-8"]',
  ],
  ['Response: object body', async ({ Response }) => new Response({}).text(), '"[object Object]"'],
  [
    'Response: empty string',
    async ({ Response }) => {
      const r = new Response('');
      const b = r.body !== null;
      return [b, await r.text(), r.bodyUsed];
    },
    '[true,"",true]',
  ],
  ['Response: status na n', ({ Response }) => new Response('', { status: NaN }).status, 'throws RangeError'],
  ['Response: status 204', ({ Response }) => new Response('x', { status: 204 }).status, 'throws TypeError'],
  ['Response: status 205', ({ Response }) => new Response('x', { status: 205 }).status, 'throws TypeError'],
  ['Response: status 304', ({ Response }) => new Response('x', { status: 304 }).status, 'throws TypeError'],
  ['Response: status 101', ({ Response }) => new Response(null, { status: 101 }).status, 'throws RangeError'],
  ['Response: status 1000', ({ Response }) => new Response(null, { status: 1000 }).status, 'throws RangeError'],
  ['Response: status string', ({ Response }) => new Response(null, { status: '201' }).status, '201'],
  ['Response: status null', ({ Response }) => new Response(null, { status: null }).status, 'throws RangeError'],
  ['Response: status float', ({ Response }) => new Response(null, { status: 200.9 }).status, '200'],
  ['Response: status text bad', ({ Response }) => new Response(null, { statusText: '\n' }).status, 'throws TypeError'],
  [
    'Response: status text beyond Latin-1',
    ({ Response }) => new Response(null, { statusText: 'Ā' }).status,
    'throws TypeError',
  ],
  ['Response: init null', ({ Response }) => new Response(null, null).status, '200'],
  ['Response: headers null', ({ Response }) => new Response(null, { headers: null }).status, 'throws TypeError'],
  ['Response: headers primitive', ({ Response }) => new Response(null, { headers: 1 }).status, 'throws TypeError'],
  [
    'Response: json',
    async ({ Response }) => {
      const r = Response.json({ a: 1 }, { statusText: 'hm', headers: { 'content-type': 'foo/bar', a: 'b' } });
      return [r.status, r.statusText, [...r.headers], await r.text()];
    },
    '[200,"hm",[["a","b"],["content-type","foo/bar"]],"{\\"a\\":1}"]',
  ],
  ['Response: json 2', ({ Response }) => Response.json(1, { status: 204 }).status, 'throws TypeError'],
  ['Response: json symbol', ({ Response }) => Response.json(Symbol()).status, 'throws TypeError'],
  ['Response: json function', ({ Response }) => Response.json(() => {}).status, 'throws TypeError'],
  [
    'Response: json throw',
    ({ Response }) =>
      Response.json({
        get a() {
          throw new RangeError('x');
        },
      }).status,
    'throws RangeError',
  ],
  [
    'Response: json circular',
    ({ Response }) => {
      const a = {};
      a.a = a;
      return Response.json(a).status;
    },
    'throws TypeError',
  ],
  [
    'Response: redirect',
    ({ Response }) => {
      const r = Response.redirect('http://x/y');
      return [r.status, r.headers.get('location'), r.body, r.type, r.ok];
    },
    '[302,"http://x/y",null,"default",false]',
  ],
  ['Response: redirect bad', ({ Response }) => Response.redirect('http://:bad:/', 302).status, 'throws TypeError'],
  ['Response: redirect status', ({ Response }) => Response.redirect('http://x/', 304).status, 'throws RangeError'],
  [
    'Response: redirect relative',
    ({ Response }) => Response.redirect('/rel').headers.get('location'),
    'throws TypeError',
  ],
  [
    'Response: error',
    ({ Response }) => {
      const r = Response.error();
      return [r.type, r.status, r.statusText, r.ok, r.body, [...r.headers]];
    },
    '["error",0,"",false,null,[]]',
  ],
  [
    'Response: error set',
    ({ Response }) => {
      Response.error().headers.append('a', 'b');
      return 1;
    },
    'throws TypeError',
  ],
  [
    'Response: redirect set',
    ({ Response }) => {
      Response.redirect('http://x/').headers.set('a', 'b');
      return 1;
    },
    'throws TypeError',
  ],
  [
    'Response: clone',
    async ({ Response }) => {
      const r = new Response('x', { status: 201, headers: { a: 'b' } });
      const c = r.clone();
      c.headers.set('a', 'c');
      return [r.headers.get('a'), c.headers.get('a'), c.status, await r.text(), await c.text()];
    },
    '["b","c",201,"x","x"]',
  ],
  [
    'Response: clone used',
    async ({ Response }) => {
      const r = new Response('x');
      await r.text();
      r.clone();
    },
    'throws TypeError',
  ],
  [
    'Response: clone locked',
    async ({ Response }) => {
      const r = new Response('x');
      r.body.getReader();
      r.clone();
    },
    'throws TypeError',
  ],
  [
    'Response: clone stream',
    async ({ Response }) => {
      const r = new Response(streamOf('a', 'b'));
      const c = r.clone();
      return [await c.text(), await r.text()];
    },
    '["ab","ab"]',
  ],
  ['Response: clone null', ({ Response }) => new Response(null).clone().body, 'null'],
  ['Response: clone error', ({ Response }) => Response.error().clone().type, '"error"'],
  [
    'Response: stream locked',
    ({ Response }) => {
      const s = streamOf('a');
      s.getReader();
      new Response(s);
    },
    'throws TypeError',
  ],
  [
    'Response: read twice',
    async ({ Response }) => {
      const r = new Response('a');
      const p = [r.text(), r.text()];
      return (await Promise.allSettled(p)).map((x) => x.status);
    },
    '["fulfilled","rejected"]',
  ],
  [
    'Response: used when',
    async ({ Response }) => {
      const r = new Response('a');
      const p = r.text();
      const u = r.bodyUsed;
      await p;
      return u;
    },
    'true',
  ],
  [
    'Response: get reader not used',
    ({ Response }) => {
      const r = new Response('a');
      r.body.getReader();
      return r.bodyUsed;
    },
    'false',
  ],
  [
    'Response: cancel used',
    async ({ Response }) => {
      const r = new Response('a');
      await r.body.cancel();
      return r.bodyUsed;
    },
    'true',
  ],
  [
    'Response: cancel then text',
    async ({ Response }) => {
      const r = new Response('a');
      await r.body.cancel();
      return r.text();
    },
    'throws TypeError',
  ],
  [
    'Response: body stream done',
    async ({ Response }) => {
      const r = new Response('a');
      const rd = r.body.getReader();
      await rd.read();
      await rd.read();
      rd.releaseLock();
      return [r.bodyUsed, await r.text().catch((e) => e.name)];
    },
    '[true,"TypeError"]',
  ],
  [
    'Response: byob',
    async ({ Response }) => {
      const rd = new Response('abc').body.getReader({ mode: 'byob' });
      const { value } = await rd.read(new Uint8Array(2));
      return [...value];
    },
    '[97,98]',
  ],
  [
    'Response: bad stream',
    async ({ Response }) =>
      new Response(
        new ReadableStream({
          start(c) {
            c.enqueue('str');
            c.close();
          },
        }),
      ).text(),
    'throws TypeError',
  ],
  [
    'Response: error stream',
    async ({ Response }) =>
      new Response(
        new ReadableStream({
          start(c) {
            c.error(new RangeError('r'));
          },
        }),
      ).text(),
    'throws RangeError',
  ],
  [
    'Response: byte order mark',
    async ({ Response }) => [
      await new Response('\ufeffabc').text(),
      await new Response(new Uint8Array([0xef, 0xbb, 0xbf, 0x22, 0x61, 0x22])).json(),
    ],
    '["abc","a"]',
  ],
  ['Response: bad utf 8', async ({ Response }) => new Response(new Uint8Array([0xff, 0x61])).text(), '"�a"'],
  ['Response: lone surrogate', async ({ Response }) => new Response('\ud800').text(), '"�"'],
  [
    'Response: array buffer',
    async ({ Response }) => {
      const b = await new Response('abc').arrayBuffer();
      return [b.constructor.name, b.byteLength];
    },
    '["ArrayBuffer",3]',
  ],
  [
    'Response: blob',
    async ({ Response }) => {
      const b = await new Response('abc', { headers: { 'content-type': 'Text/Plain' } }).blob();
      return [b.type, b.size];
    },
    '["text/plain",3]',
  ],
  [
    'Response: blob type',
    async ({ Response }) => (await new Response(new Blob(['x'], { type: 'a/b' })).blob()).type,
    '"a/b"',
  ],
  ['Response: blob none', async ({ Response }) => (await new Response(new Uint8Array(1)).blob()).type, '""'],
  [
    'Response: blob bad',
    async ({ Response }) => (await new Response('x', { headers: { 'content-type': 'nonsense' } }).blob()).type,
    '""',
  ],
  [
    'Response: blob param',
    async ({ Response }) => (await new Response('x', { headers: { 'content-type': 'a/b;  charset="x"' } }).blob()).type,
    '"a/b;charset=x"',
  ],
  [
    'Response: form data URL',
    async ({ Response }) => [...(await new Response(new URLSearchParams('a=1&b=2&a=%20')).formData())],
    '[["a","1"],["b","2"],["a"," "]]',
  ],
  [
    'Response: form data multipart',
    async ({ Response }) => {
      const f = new FormData();
      f.append('a', '1');
      f.append('b', new File(['x'], 'n.txt', { type: 'text/plain' }));
      const g = await new Response(f).formData();
      const file = g.get('b');
      return [g.get('a'), file.name, file.type, await file.text()];
    },
    '["1","n.txt","text/plain","x"]',
  ],
  ['Response: form data none', async ({ Response }) => new Response('a=1').formData(), 'throws TypeError'],
  [
    'Response: form data twice',
    async ({ Response }) => {
      const r = new Response(new URLSearchParams('a=1'));
      await r.formData();
      return r.formData();
    },
    'throws TypeError',
  ],
  [
    'Response: form data null',
    async ({ Response }) => [
      ...(await new Response(null, { headers: { 'content-type': 'application/x-www-form-urlencoded' } }).formData()),
    ],
    '[]',
  ],
  [
    'Response: form data multipart null',
    async ({ Response }) => [
      ...(await new Response(null, { headers: { 'content-type': 'multipart/form-data; boundary=x' } }).formData()),
    ],
    'throws TypeError',
  ],
  [
    'Response: form data empty form',
    async ({ Response }) => [...(await new Response(new FormData()).formData())],
    '[]',
  ],
  [
    'Response: content type kept',
    ({ Response }) => new Response(new FormData(), { headers: { 'content-type': 'x/y' } }).headers.get('content-type'),
    '"x/y"',
  ],
  [
    'Response: subclass',
    ({ Response }) => {
      class My extends Response {
        x() {
          return 1;
        }
      }
      const m = new My('a');
      return [m.x(), m instanceof My, new Response() instanceof My, m instanceof Response, m.status];
    },
    '[1,true,false,true,200]',
  ],
  [
    'Response: response headers same',
    ({ Response }) => {
      const r = new Response();
      const first = r.headers;
      return first === r.headers;
    },
    'true',
  ],
  ['Response: response headers instance', ({ Response, Headers }) => new Response().headers instanceof Headers, 'true'],
  ['Response: init string', ({ Response }) => new Response('a', 'x').status, 'throws TypeError'],
  ['Response: init number', ({ Response }) => new Response('a', 5).status, 'throws TypeError'],
  ['Response: init function', ({ Response }) => new Response('a', () => {}).status, '200'],
  [
    'Response: generator',
    async ({ Response }) => {
      const generate = async function* () {
        yield new TextEncoder().encode('one ');
        yield 'two';
      };
      const r = new Response(generate());
      return [r.headers.get('content-type'), r.body instanceof ReadableStream, await r.text()];
    },
    '[null,true,"one two"]',
  ],
  [
    'Response: generator cancelled',
    async ({ Response }) => {
      let ended = false;
      const generate = async function* () {
        try {
          for (;;) yield 'more';
        } finally {
          ended = true;
        }
      };
      const reader = new Response(generate()).body.getReader();
      await reader.read();
      await reader.cancel();
      return ended;
    },
    'true',
  ],
  [
    'Response: generator fails',
    ({ Response }) => {
      const generate = async function* () {
        yield 'one';
        throw new RangeError('no more');
      };
      return new Response(generate()).text();
    },
    'throws RangeError',
  ],
];
