/** What answers no faster than it is told to, whatever the machine does: after 5 ms, or after 200 us of the loop's time. */
const WAIT_MILLISECONDS = 5;
const COMPUTE_MILLISECONDS = 0.2;

export default {
  async fetch({ url }) {
    const begun = performance.now();
    if (url.endsWith('/computes')) {
      while (performance.now() - begun < COMPUTE_MILLISECONDS);
    } else {
      // A timer is for whole milliseconds: what is left of the last one is waited for in turns of the loop.
      await new Promise((resolve) => setTimeout(resolve, WAIT_MILLISECONDS - 1));
      while (performance.now() - begun < WAIT_MILLISECONDS) await new Promise(setImmediate);
    }
    return new Response('hello');
  },
};
