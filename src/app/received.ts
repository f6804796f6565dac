/**
 * What frameworks that take a request alone look for on it, beside what the standard says: where its client is, and who is told of what
 * goes on behind the answer. Nothing is made before somebody asks. They also set it, on requests that they make themselves.
 */
import type { HandlerContext } from './context.js';

export interface Received {
  /** The address of the client; undefined on what has not come over the wire. */
  ip: string | undefined;
  /** As the context has it; undefined as well. */
  waitUntil: ((promise: PromiseLike<unknown>) => void) | undefined;
}

/** Gives requests of a class both; `contextOf`: what the handler of one gets beside it, if it has come over the wire. */
export function exposeReceived<Kind extends object>(
  prototype: Kind,
  contextOf: (request: Kind) => HandlerContext | null | undefined,
): void {
  const told: { readonly [Name in keyof Received]: (context: HandlerContext) => Received[Name] } = {
    ip: (context) => context.clientAddress?.address,
    waitUntil: (context) => (promise) => context.waitUntil(promise),
  };
  for (const [name, of] of Object.entries(told)) {
    Object.defineProperty(prototype, name, {
      configurable: true,
      get(this: Kind): unknown {
        const context = contextOf(this);
        return context ? of(context) : undefined;
      },
      set(this: Kind, value: unknown) {
        Object.defineProperty(this, name, { value, writable: true, configurable: true, enumerable: true });
      },
    });
  }
}
