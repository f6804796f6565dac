/**
 * The requests of a plan, as they go over the wire: written once, in the arena, so that asking for a target is sending bytes
 * that are there already.
 */
import type { Arena } from '../../memory/arena.js';
import type { LoadTarget } from './plan.js';

export class Requests {
  /** Of each target: where in the arena its request lies, and how long it is. */
  readonly offsets: Int32Array;
  readonly lengths: Int32Array;
  /** 1 for a HEAD: its response has no content. */
  readonly headOnly: Uint8Array;
  readonly longest: number;

  constructor(arena: Arena, texts: readonly Buffer[], targets: readonly LoadTarget[]) {
    this.offsets = Int32Array.from(texts, (text) => arena.reserve(text.length));
    this.lengths = Int32Array.from(texts, (text) => text.length);
    this.headOnly = Uint8Array.from(targets, ({ method }) => (method === 'HEAD' ? 1 : 0));
    this.longest = this.lengths.reduce((most, length) => Math.max(most, length), 0);
    for (const [index, text] of texts.entries()) arena.bytes.set(text, this.offsets[index] as number);
  }
}

/** What a target is asked with. @param authority of the server, for Host. */
export function requestText(target: LoadTarget, authority: string, keepAlive: boolean): Buffer {
  const { path, method = 'GET', fields = [] } = target;
  const body = Buffer.from(target.body ?? '', 'base64');
  const own = (name: string): boolean => fields.some(([given]) => given.toLowerCase() === name);
  const written = [
    ...(own('host') ? [] : [['Host', authority]]),
    ...fields,
    ...(target.body === undefined || own('content-length') ? [] : [['Content-Length', String(body.length)]]),
    // What HTTP/1.1 does anyway need not be said.
    ...(keepAlive || own('connection') ? [] : [['Connection', 'close']]),
  ];
  // In UTF-8, as a terminal would have given them: in Latin-1 some characters would become the end of a line.
  const lines = [`${method} ${path} HTTP/1.1`, ...written.map(([name, value]) => `${name}: ${value}`)];
  return Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`), body]);
}
