/** An itty-router application (npm install itty-router): node dist/cli/main.js examples/apps/itty-router.js */
import { AutoRouter, cors, status } from 'itty-router';

const { preflight, corsify } = cors({ origin: 'https://example.org' });
const router = AutoRouter({ before: [preflight], finally: [corsify] });

router
  .get('/', () => new Response('Hello from itty-router!'))
  .get('/users/:name', ({ name, query }) => ({ name, page: query.page }))
  .post('/users', async (request) => await request.json())
  .delete('/users/:name', () => status(204))
  .get('/fails', () => {
    throw new Error('This handler fails.');
  });

export default { fetch: router.fetch };
