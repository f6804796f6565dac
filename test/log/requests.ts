/** Requests as the log is told of them, made from text. */
import { type LogFormat, LoggedRequest, Outcome, RequestText } from '../../src/log/log-format.js';

export interface Asked {
  readonly line: string;
  readonly referrer?: string;
  readonly agent?: string;
}

export function requestOf({ line, referrer, agent }: Asked): LoggedRequest {
  const request = new LoggedRequest();
  const bytes = Buffer.from(`??${line}${referrer ?? ''}${agent ?? ''}??`, 'latin1');
  request.bytes = bytes;
  request.lineStart = 2;
  request.lineEnd = 2 + line.length;
  const [method, target, ...rest] = line.split(' ');
  request.understood = rest.length === 1;
  request.methodEnd = 2 + (method as string).length;
  request.targetEnd = request.methodEnd + 1 + (target ?? '').length;
  let at = request.lineEnd;
  if (referrer !== undefined) {
    request.referrerStart = at;
    at += referrer.length;
    request.referrerEnd = at;
  }
  if (agent !== undefined) {
    request.agentStart = at;
    request.agentEnd = at + agent.length;
  }
  return request;
}

/** The line of a request in a format; fails where it does not keep to the room that it says it needs. */
export function lineOf(format: LogFormat, asked: Asked, some: Partial<Outcome>, address = '192.0.2.7'): string {
  const request = requestOf(asked);
  const text = new RequestText();
  const room = format.roomFor(request);
  text.makeRoom(room);
  format.describe(request, text);
  if (text.length > room) throw new RangeError(`${text.length} bytes in a room for ${room}`);
  const client = format.client(address);
  const outcome = Object.assign(new Outcome(), { status: 200, bytes: 12, now: 1_700_000_000_123, number: 1 }, some);
  const to = new Uint8Array(65_536);
  const end = format.write(to, 3, client, text.kept(), outcome);
  const most = client.length + text.length + format.otherBytes;
  if (end - 3 > most) throw new RangeError(`${end - 3} bytes in a line of at most ${most}`);
  return Buffer.from(to.subarray(3, end)).toString('latin1');
}
