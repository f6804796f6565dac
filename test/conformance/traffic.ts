/**
 * Clients that ask again and again, some on connections that they keep and some on a new one for every request, while a
 * case does something to the server.
 *
 * Every answer is checked byte by byte. A client takes 'Connection: close' for what it says and connects anew; anything
 * else that keeps it from an answer is a loss, and counted. So is a connection that is refused, but apart.
 */
import type { Fixture } from './fixture.js';
import { RawConnection, type Response, request } from './raw-client.js';
import { eventually } from './server-process.js';

const PATHS = ['hello.txt', 'digits.txt', 'small.bin', 'medium.bin', 'million.bin', 'sub/page.html'];

export class Traffic {
  /** Whole and right answers. */
  answers = 0;
  /** Requests that got no answer, or not all of it: what happened to each. */
  readonly losses: string[] = [];
  /** Connections that did not come about. */
  readonly refusals: string[] = [];
  /** Answers that were not what was asked for. Never right, whatever is done to the server. */
  readonly wrong: string[] = [];
  readonly #port: number;
  readonly #fixture: Fixture;
  readonly #kept = new Set<RawConnection>();
  readonly #clients: Promise<void>[] = [];
  #going = true;

  /** So many clients keep their connection; so many others have a new one for every request. */
  constructor(port: number, fixture: Fixture, clients: { readonly keeping: number; readonly fresh: number }) {
    this.#port = port;
    this.#fixture = fixture;
    for (let client = 0; client < clients.keeping; client += 1) this.#clients.push(this.#ask(client, true));
    for (let client = 0; client < clients.fresh; client += 1) this.#clients.push(this.#ask(client, false));
  }

  /** The port of a client that keeps its connection, and has had an answer on it. */
  get somePort(): number | undefined {
    const [connection] = this.#kept;
    return connection?.socket.localPort;
  }

  /** Waits for so many more answers; whether they came. */
  goesOn(answers = 100): Promise<boolean> {
    const goal = this.answers + answers;
    return eventually(() => this.answers >= goal, 10_000);
  }

  /** Asks no more, and settles when all answers are there. */
  async end(): Promise<void> {
    this.#going = false;
    await Promise.all(this.#clients);
  }

  async #ask(client: number, keeps: boolean): Promise<void> {
    let connection: RawConnection | undefined;
    let before = 0;
    for (let count = client; this.#going; count += 1) {
      if (connection === undefined) {
        connection = await this.#open();
        before = 0;
        if (connection === undefined) continue;
      }
      const path = PATHS[count % PATHS.length] as string;
      await connection.send(request(`/${path}`, keeps ? [] : ['Connection: close']));
      const response = await this.#read(
        connection,
        `request ${before + 1} on a ${keeps ? 'kept' : 'fresh'} connection`,
        path,
      );
      before += 1;
      if (response !== undefined && response.field('connection') !== 'close') {
        this.#kept.add(connection);
        continue;
      }
      this.#kept.delete(connection);
      connection.close();
      connection = undefined;
    }
    connection?.close();
  }

  async #open(): Promise<RawConnection | undefined> {
    try {
      return await RawConnection.open(this.#port);
    } catch (error) {
      this.refusals.push(String(error));
      // Whoever is refused must not try so often that nobody else has a turn.
      await new Promise((done) => setTimeout(done, 10));
      return undefined;
    }
  }

  async #read(connection: RawConnection, which: string, path: string): Promise<Response | undefined> {
    try {
      const response = await connection.readResponse();
      const right = response.status === 200 && response.body.equals(this.#fixture.bytes(path));
      if (right) this.answers += 1;
      else this.wrong.push(`${path}: ${response.status}, ${response.body.length} bytes`);
      return response;
    } catch (error) {
      (connection.ended ? this.losses : this.wrong).push(`${which}, ${path}: ${error}`);
      return undefined;
    }
  }
}
