/** The same as an application of Hono, as its guide writes them. */
import { Hono } from 'hono';
import app from './fetch.js';

const hono = new Hono();

hono.get('/hello', (context) => context.text('hello'));
hono.post('/echo', async (context) => context.json(await context.req.json()));
for (const path of ['/events', '/publish', '/end']) hono.get(path, (context) => app.fetch(context.req.raw));

export default hono;
