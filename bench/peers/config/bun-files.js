/** Serves a directory with Bun: its Bun.file is the way its manual gives. Arguments: the directory and the port. */
const [directory, port] = process.argv.slice(2);

Bun.serve({
  hostname: '127.0.0.1',
  port: Number(port),
  // In seconds, and the most that Bun takes: idle connections have to outlive the case that counts them.
  idleTimeout: 255,
  fetch(request) {
    const path = request.url.slice(request.url.indexOf('/', 'http://'.length));
    return new Response(Bun.file(directory + path));
  },
});
