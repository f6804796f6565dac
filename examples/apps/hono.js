/** A Hono application (npm install hono), as its documentation writes them: node dist/cli/main.js examples/apps/hono.js */
import { Hono } from 'hono';

const app = new Hono();

app.get('/', (context) => context.text('Hello from Hono!'));
app.get('/users/:name', (context) =>
  context.json({ name: context.req.param('name'), page: context.req.query('page') }),
);
app.post('/users', async (context) => context.json(await context.req.json(), 201));
app.get('/redirect', (context) => context.redirect('/'));
app.get('/fails', () => {
  throw new Error('This handler fails.');
});

export default app;
