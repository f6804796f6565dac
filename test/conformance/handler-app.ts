/** The application that the cases of handlers.ts and frameworks.ts talk to: plain JavaScript, as a user writes it. */
const CASES = new URL('../app/', import.meta.url);

export const HANDLER_APP = `
import { CASES, unexpected } from '${new URL('fetch-cases/all.mjs', CASES)}';
import hono from '${new URL('hono-app.mjs', CASES)}';
const text = (chunk) => new TextEncoder().encode(chunk);
const seen = (word) => console.error('handler says: ' + word);
const routes = {
  '/hello': () => new Response('hello'),
  '/unicode': () => new Response('h\\u00e9llo \\u65e5\\u672c', { headers: { 'x-latin': '\\u00e9' } }),
  '/later': async () => { await new Promise((done) => setTimeout(done, 30)); return Response.json({ later: true }); },
  '/about': (request, context) => Response.json({
    method: request.method, url: request.url, agent: request.headers.get('user-agent'),
    several: request.headers.get('x-several'), address: context.clientAddress, same: context.remoteAddr.port,
    ours: request instanceof Request && new Response() instanceof Response,
  }),
  '/throws': () => { throw new Error('a secret thing'); },
  '/rejects': async () => { throw new Error('a secret promise'); },
  '/nothing': () => 'a secret string',
  '/used': async () => { const one = new Response('x'); await one.text(); return one; },
  '/never': () => new Promise(() => {}),
  '/text': async (request) => new Response(await request.text()),
  '/bytes': async (request) => new Response(new Uint8Array(await request.arrayBuffer())),
  '/json': async (request) => Response.json(await request.json()),
  '/form': async (request) => Response.json([...(await request.formData())]),
  '/stream-back': (request) => new Response(request.body),
  '/unread': () => new Response('not read'),
  '/refuses': () => new Response('no', { status: 403 }),
  '/large': () => new Response('x'.repeat(3000000)),
  '/stream': () => new Response(new ReadableStream({
    start(controller) { for (const part of ['one ', 'two ', 'three']) controller.enqueue(text(part)); controller.close(); },
  })),
  '/sized': () => new Response(new Blob(['of a known size'], { type: 'text/x-blob' })),
  '/form-out': () => { const form = new FormData(); form.set('name', 'value'); return new Response(form); },
  '/params': () => new Response(new URLSearchParams({ a: '1', b: '2 3' })),
  '/breaks': () => new Response(new ReadableStream({
    pull(controller) { if (this.begun) throw new Error('a secret stream'); this.begun = true; controller.enqueue(text('begun')); },
  })),
  '/empty': () => new Response(null, { status: 204 }),
  '/cookies': () => { const made = new Response('c'); made.headers.append('set-cookie', 'a=1'); made.headers.append('set-cookie', 'b=2'); return made; },
  '/tick': () => new Response(new ReadableStream({
    start(controller) {
      controller.enqueue(text('data: first\\n\\n'));
      this.timer = setInterval(() => controller.enqueue(text('data: again\\n\\n')), 100);
    },
    cancel() { clearInterval(this.timer); seen('cancelled'); },
  }), { headers: { 'content-type': 'text/event-stream' } }),
  '/waits': (request) => new Promise((done) => {
    seen('waits');
    request.signal.addEventListener('abort', () => { seen('aborted ' + request.signal.reason.name); done(new Response('late')); });
  }),
  '/reads': async (request) => {
    seen('reads');
    try { await request.text(); } catch (error) { seen('failed to read ' + error.name); throw error; }
    return new Response('read');
  },
  '/after': (request, context) => {
    context.waitUntil(new Promise((done) => setTimeout(done, 20)).then(() => seen('afterwards')));
    return new Response('before');
  },
  '/fetch-cases': async () => Response.json(await unexpected(CASES, { Headers, Request, Response })),
  '/redirect': () => Response.redirect('http://example.org/there', 303),
  '/exit': () => process.exit(7),
  '/fetches': async (request) => fetch(new URL('/hello', request.url)),
};
export default {
  fetch(request, context) {
    const { pathname } = new URL(request.url);
    if (pathname.startsWith('/hono/')) return hono.fetch(request, {}, context);
    const route = routes[pathname];
    return route === undefined ? new Response('no route', { status: 404 }) : route(request, context);
  },
};
`;
