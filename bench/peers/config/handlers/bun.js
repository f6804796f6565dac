/** Serves the fetch handler with Bun.serve. Argument: the port. */
import app from './fetch.js';

// The longest that Bun has: streams have to outlive the case that counts their events.
Bun.serve({ hostname: '127.0.0.1', port: Number(process.argv[2]), idleTimeout: 255, fetch: app.fetch });
