/**
 * A response of Node's own that a program has made, as one of ours. Such a one says nothing of what its body was made of; so it is read
 * for as long as nobody has to wait for that. Text and bytes are there as a whole then, and go out with their length.
 */
import { NativeReadableStream, NativeResponse } from './native.js';
import { Response } from './response.js';

/** What a stream gives next. */
type Next = ReturnType<ReadableStreamDefaultReader<Uint8Array>['read']>;

/** Whether it may be one whose body is there as a whole. What Node's fetch gives comes over the wire. */
export function mayBeWhole(response: unknown): response is globalThis.Response {
  if (!(response instanceof NativeResponse) || response.url !== '') return false;
  const { body } = response;
  return body !== null && !body.locked && !response.bodyUsed && !response.headers.has('content-length');
}

/** Rejects with what its body fails with at once. */
export async function readAtOnce(native: globalThis.Response): Promise<Response> {
  const { status, statusText, headers } = native;
  const init = { status, statusText, headers: [...headers] as [string, string][] };
  const reader = (native.body as ReadableStream<Uint8Array>).getReader();
  let next: Next = reader.read();
  const first = await ifThere(next);
  if (first === null) return new Response(flowing(reader, next, null), init);
  if (first.done) return new Response(new Uint8Array(0), init);
  if (!(first.value instanceof Uint8Array)) {
    const failure = new TypeError('The stream of a body gives bytes only.');
    reader.cancel(failure).catch(() => {});
    throw failure;
  }
  next = reader.read();
  const end = await ifThere(next);
  return new Response(end?.done === true ? first.value : flowing(reader, next, first.value), init);
}

/** null: it would have to be waited for. */
async function ifThere(next: Next): Promise<Awaited<Next> | null> {
  let immediate: NodeJS.Immediate | undefined;
  const turn = new Promise<null>((resolve) => {
    immediate = setImmediate(resolve, null);
  });
  const there = await Promise.race([next, turn]);
  clearImmediate(immediate);
  return there;
}

/** The rest of a stream behind what has been read of it; `next` has been asked for already. */
function flowing(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  next: Next,
  first: Uint8Array | null,
): ReadableStream<Uint8Array> {
  let asked: Next | null = next;
  // Its failure is told to whoever reads on, if anybody does.
  next.catch(() => {});
  return new NativeReadableStream<Uint8Array>(
    {
      start(controller) {
        if (first !== null) controller.enqueue(first);
      },
      async pull(controller) {
        const coming = asked ?? reader.read();
        asked = null;
        const { done, value } = await coming;
        if (done) controller.close();
        else controller.enqueue(value);
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  );
}
