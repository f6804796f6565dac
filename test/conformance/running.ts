/** What every case is given, and the checks that many share. */
import { expect } from 'vitest';
import type { Architecture } from './architectures.js';
import { type Fixture, SMUGGLED } from './fixture.js';
import { haveRead } from './proc.js';
import { fetchOnce, RawConnection, type Response } from './raw-client.js';
import { type Exit, eventually, ServerProcess } from './server-process.js';

/** A server that has been started for a group of cases; before they run only the architecture is known. */
export interface Running {
  readonly architecture: Architecture;
  readonly fixture: Fixture;
  readonly server: ServerProcess;
  readonly port: number;
}

/**
 * How many connections a case may have open that are all served, when it would have so many: where a connection holds a
 * worker no more than there are of them, less one for whoever asks besides.
 */
export function atOnce({ architecture }: Pick<Running, 'architecture'>, wanted: number): number {
  return Math.min(wanted, architecture.connectionsAtOnce - 1);
}

/** Runs a case against a server of its own, which is ended whatever happens. */
export async function withServer<Result>(
  { architecture, fixture }: Pick<Running, 'architecture' | 'fixture'>,
  options: readonly string[],
  work: (server: ServerProcess) => Promise<Result>,
): Promise<Result> {
  const server = await ServerProcess.start(architecture, fixture.root, ...options);
  try {
    return await work(server);
  } finally {
    await server.stop();
  }
}

/**
 * Waits until the server has had its turn: a request and its answer on another connection. What was sent before has
 * then been received, as far as order can tell.
 */
export async function barrier(port: number): Promise<void> {
  const response = await fetchOnce(port, '/hello.txt');
  expect(response.status).toBe(200);
}

/** Waits until the server has read what was sent on the connections: where workers wait, one's turn says nothing of another's. */
export async function expectRead(port: number, ...connections: readonly RawConnection[]): Promise<void> {
  const ports = connections.map(({ socket }) => socket.localPort as number);
  expect(await eventually(() => haveRead(port, ports))).toBe(true);
}

/** The connection still answers, and in step: the next bytes on it are the answer to this request. */
export async function expectInStep({ fixture }: Pick<Running, 'fixture'>, connection: RawConnection): Promise<void> {
  await connection.send('GET /hello.txt HTTP/1.1\r\nHost: a\r\n\r\n');
  const response = await connection.readResponse();
  expect(response.status).toBe(200);
  expect(response.body.toString()).toBe(fixture.text('hello.txt'));
}

/**
 * The bytes get exactly one answer, with one of these statuses, which says that the connection closes, and it does.
 * Nothing that follows the bad request is answered.
 */
export async function expectRefused(
  { port }: Pick<Running, 'port'>,
  bytes: string | Buffer,
  statuses: readonly number[] = [400],
): Promise<Response> {
  const connection = await RawConnection.open(port);
  try {
    void connection.send(bytes);
    const response = await connection.readResponse();
    expect(statuses).toContain(response.status);
    expect(response.field('connection')?.toLowerCase()).toBe('close');
    expect(response.body.toString('latin1')).not.toContain(SMUGGLED);
    await connection.expectEnd();
    return response;
  } finally {
    connection.close();
  }
}

/** One sentence on standard error, nothing else, exit code 1. */
export function expectSentence(exit: Exit, ...parts: readonly (string | RegExp)[]): void {
  expect(exit.code, exit.stderr).toBe(1);
  expect(exit.stdout).toBe('');
  expect(exit.stderr.trimEnd().split('\n'), exit.stderr).toHaveLength(1);
  expect(exit.stderr).toMatch(/[.?]\n$/);
  expect(exit.stderr).not.toMatch(/Error|\bat \S+:\d+/);
  for (const part of parts) expect(exit.stderr).toMatch(part);
}

/**
 * Numbers of chance below a bound, the same ones in every run: the linear congruential generator of Numerical Recipes.
 */
export function generator(seed: number): (bound: number) => number {
  let state = seed;
  return (bound) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * bound);
  };
}
