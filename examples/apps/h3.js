/** An h3 application (npm install h3): node dist/cli/main.js examples/apps/h3.js */
import { createEventStream, getQuery, getRequestIP, getRouterParam, H3, HTTPError, readBody } from 'h3';

const app = new H3();

app.get('/', () => 'Hello from h3!');
app.get('/users/:name', (event) => ({ name: getRouterParam(event, 'name'), page: getQuery(event).page }));
app.post('/users', async (event) => {
  event.res.status = 201;
  return await readBody(event);
});
app.get('/count', (event) => {
  const stream = createEventStream(event);
  void (async () => {
    for (const number of [1, 2, 3]) await stream.push(String(number));
    await stream.close();
  })();
  return stream.send();
});
app.get('/me', (event) => {
  event.waitUntil(Promise.reject(new Error('told in the log, and nothing more')));
  return getRequestIP(event);
});
app.get('/teapot', () => {
  throw new HTTPError({ status: 418, message: 'Short and stout.' });
});

export default app;
