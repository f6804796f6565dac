/** Server-sent events: the time, each second, to whoever listens: node dist/cli/main.js examples/apps/events.js */
const PAGE = `<!doctype html>
<html lang="en">
<title>The time</title>
<h1>...</h1>
<script>
  new EventSource('/events').onmessage = ({ data }) => {
    document.querySelector('h1').textContent = data;
  };
</script>
`;

/** An event now, and one each second, until the client goes away. */
async function* events(signal) {
  while (!signal.aborted) {
    yield new TextEncoder().encode(`data: ${new Date().toISOString()}\n\n`);
    await new Promise((done) => setTimeout(done, 1000));
  }
}

export default {
  fetch(request) {
    if (new URL(request.url).pathname !== '/events') {
      return new Response(PAGE, { headers: { 'content-type': 'text/html; charset=utf-8' } });
    }
    const headers = { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' };
    return new Response(ReadableStream.from(events(request.signal)), { headers });
  },
};
