/** What the guides of Hono show, as one application: each of its features on a path of its own. */
import { Hono } from 'hono';
import { basicAuth } from 'hono/basic-auth';
import { bearerAuth } from 'hono/bearer-auth';
import { bodyLimit } from 'hono/body-limit';
import { compress } from 'hono/compress';
import { getCookie, setCookie } from 'hono/cookie';
import { cors } from 'hono/cors';
import { etag } from 'hono/etag';
import { HTTPException } from 'hono/http-exception';
import { secureHeaders } from 'hono/secure-headers';
import { stream, streamSSE, streamText } from 'hono/streaming';
import { timeout } from 'hono/timeout';
import { validator } from 'hono/validator';

const hono = new Hono().basePath('/hono');

hono.get('/text', (c) => c.text('text'));
hono.get('/html', (c) => c.html('<b>html</b>'));
hono.get('/status', (c) => {
  c.status(201);
  c.header('X-Own', 'own');
  return c.body('made');
});
hono.get('/nothing', (c) => c.body(null, 204));
hono.get('/users/:id{[0-9]+}/:rest{.+}', (c) => c.json(c.req.param()));
hono.get('/query', (c) => c.json({ one: c.req.query('a'), all: c.req.queries('b') }));
hono.all('/method', (c) => c.text(c.req.method));
hono.get('/header', (c) => c.text(c.req.header('X-Asked') ?? 'none'));
hono.post('/json', async (c) => c.json(await c.req.json()));
hono.post('/form', async (c) => c.json(await c.req.parseBody({ all: true })));
hono.post('/upload', async (c) => {
  const { file } = await c.req.parseBody();
  return c.json({ name: file.name, type: file.type, bytes: file.size, text: (await file.text()).slice(0, 5) });
});
hono.post('/bytes', async (c) => c.body(await c.req.arrayBuffer()));
hono.get('/stream', (c) =>
  stream(c, async (out) => {
    await out.write(Uint8Array.of(104, 105));
    await out.pipe(new Blob([' there']).stream());
  }),
);
hono.get('/stream-text', (c) =>
  streamText(c, async (out) => {
    for (const line of ['one', 'two']) {
      await out.writeln(line);
      await out.sleep(5);
    }
  }),
);
hono.get('/events', (c) =>
  streamSSE(c, async (out) => {
    for (const id of [1, 2]) await out.writeSSE({ data: `number ${id}`, event: 'tick', id: String(id) });
  }),
);
hono.get('/cookies', (c) => {
  setCookie(c, 'seen', 'yes', { httpOnly: true, path: '/' });
  setCookie(c, 'more', 'a b');
  return c.text(getCookie(c, 'asked') ?? 'none');
});
const numbered = validator('json', (value, c) =>
  typeof value.number === 'number' ? { number: value.number } : c.text('no number', 400),
);
hono.post('/validated', numbered, (c) => c.json(c.req.valid('json')));
hono.get('/basic', basicAuth({ username: 'me', password: 'secret' }), (c) => c.text('welcome'));
hono.get('/bearer', bearerAuth({ token: 'token' }), (c) => c.text('welcome'));
hono.use('/cors/*', cors({ origin: 'https://example.org', allowMethods: ['PUT'], credentials: true }));
hono.put('/cors/put', (c) => c.text('put'));
hono.get('/etag', etag(), (c) => c.text('tagged'));
hono.get('/secure', secureHeaders(), (c) => c.text('secure'));
hono.get('/compressed', compress(), (c) => c.text('compressible '.repeat(200)));
hono.post('/limited', bodyLimit({ maxSize: 10 }), async (c) => c.text(await c.req.text()));
hono.get('/slow', timeout(10), async (c) => {
  await new Promise((done) => setTimeout(done, 500));
  return c.text('late');
});
hono.get('/middleware', async (c, next) => {
  c.set('word', 'before');
  await next();
  c.res.headers.set('X-After', 'after');
});
hono.get('/middleware', (c) => c.text(c.get('word')));
hono.get('/exception', () => {
  throw new HTTPException(401, { message: 'not you' });
});
hono.get('/error', () => {
  throw new Error('an own error');
});
hono.get('/wait-until', (c) => {
  c.executionCtx.waitUntil(Promise.resolve());
  return c.text('answered');
});
hono.get('/raw', (c) => c.text(String(c.req.raw instanceof Request && c.res.headers instanceof Headers)));
hono.get('/copied', async () => {
  const made = new Response('copied', { headers: { 'x-own': '1' } });
  return new Response(made.body, made);
});
hono.get('/sub-request', async () => hono.request('/hono/text'));
hono.mount('/mounted', (request) => new Response(`mounted ${new URL(request.url).pathname}`));
hono.route(
  '/books',
  new Hono().get('/:title', (c) => c.text(c.req.param('title'))),
);
hono.notFound((c) => c.text('nothing here', 404));
hono.onError((error, c) => (error instanceof HTTPException ? error.getResponse() : c.text(error.message, 500)));

export default hono;
