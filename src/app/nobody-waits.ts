/**
 * Why nobody waits for an answer any more: the reasons that a signal, a body that is read and a stream that is sent fail with.
 * They are no failures of the application, though it may be the application that passes them on.
 *
 * What it keeps true: a reason that was made here is known again by itself, whatever its words are, and under what was made of it
 * by those who wait for a signal.
 */

const reasons = new WeakSet<object>();

export function clientGone(): DOMException {
  return madeHere('The client has gone.', 'AbortError');
}

export function tookTooLong(): DOMException {
  return madeHere('The handler has taken too long to answer.', 'TimeoutError');
}

export function serverEnds(): DOMException {
  return madeHere('The server ends.', 'AbortError');
}

/** Whether it is one of these, or an AbortError that one of these has caused, as Node's own functions throw it. */
export function saysNobodyWaits(reason: unknown): boolean {
  if (typeof reason !== 'object' || reason === null) return false;
  if (reasons.has(reason)) return true;
  try {
    const { name, cause } = reason as Record<string, unknown>;
    return name === 'AbortError' && typeof cause === 'object' && cause !== null && reasons.has(cause);
  } catch {
    return false;
  }
}

function madeHere(message: string, name: string): DOMException {
  const reason = new DOMException(message, name);
  reasons.add(reason);
  return reason;
}
