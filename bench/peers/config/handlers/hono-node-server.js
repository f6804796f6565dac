/** Serves the application of Hono with its server for Node. Argument: the port. */
import { serve } from '@hono/node-server';
import hono from './hono.js';

serve({ fetch: hono.fetch, hostname: '127.0.0.1', port: Number(process.argv[2]) });
