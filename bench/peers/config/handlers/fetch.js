/** What is compared, as a fetch handler: 'hello', JSON echoed, and streams of events that all get when somebody publishes. */
const listeners = new Set();
const encoder = new TextEncoder();

const ROUTES = {
  '/hello': () => new Response('hello'),
  '/echo': async (request) => Response.json(await request.json()),
  '/events': () => {
    let own;
    const stream = new ReadableStream({
      start(controller) {
        own = controller;
        listeners.add(own);
        own.enqueue(encoder.encode('data: begun\n\n'));
      },
      cancel: () => listeners.delete(own),
    });
    return new Response(stream, { headers: { 'content-type': 'text/event-stream' } });
  },
  '/publish': () => {
    const event = `data: ${new Date().toISOString()}\n\n`;
    for (const listener of listeners) listener.enqueue(encoder.encode(event));
    return new Response(String(listeners.size));
  },
  '/end': () => {
    for (const listener of listeners) listener.close();
    listeners.clear();
    return new Response('ended');
  },
};

export default {
  fetch(request) {
    const { url } = request;
    const route = ROUTES[url.slice(url.indexOf('/', 'http://'.length))];
    return route === undefined ? new Response('', { status: 404 }) : route(request);
  },
};
