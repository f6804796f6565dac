/**
 * A handler that blocks on purpose: /work?ms=500 computes for that long without letting go. In the event model everybody
 * waits for it; in the others only its own client does. Compare
 *   node dist/cli/main.js examples/apps/blocking.js
 *   node dist/cli/main.js examples/apps/blocking.js --model thread
 */
export default {
  fetch(request) {
    const { pathname, searchParams } = new URL(request.url);
    if (pathname !== '/work') return new Response('Here nothing blocks.\n');
    const end = performance.now() + Math.min(Number(searchParams.get('ms') ?? 500), 10_000);
    let rounds = 0;
    while (performance.now() < end) rounds++;
    return Response.json({ rounds });
  },
};
