/** The built server with an admin listener, and what it says of itself. Nothing of it is imported but its types. */
import type { ServerMetrics } from '../../src/metrics/server-metrics.js';
import type { Architecture } from '../conformance/architectures.js';
import { eventually, ServerProcess } from '../conformance/server-process.js';

export class WatchedServer {
  readonly server: ServerProcess;
  readonly admin: string;

  private constructor(server: ServerProcess, admin: string) {
    this.server = server;
    this.admin = admin;
  }

  static async start(name: string, root: string, ...options: string[]): Promise<WatchedServer> {
    const architecture = { name, options } as unknown as Architecture;
    const server = await ServerProcess.start(architecture, root, '--admin', '0');
    let admin: string | undefined;
    // The block comes in one piece most of the time.
    await eventually(() => {
      admin = /admin +(http:\S+)/.exec(server.stdout)?.[1];
      return admin !== undefined;
    });
    return new WatchedServer(server, admin as string);
  }

  async metrics(): Promise<ServerMetrics> {
    // A connection of its own each time: none stays in what the process has.
    const answer = await fetch(`${this.admin}metrics.json`, { headers: { connection: 'close' } });
    return (await answer.json()) as ServerMetrics;
  }

  /** What it says when that is so: an answer is there a moment before it is counted. The last, where it never is. */
  async metricsWhen(isSo: (metrics: ServerMetrics) => boolean): Promise<ServerMetrics> {
    let metrics = await this.metrics();
    await eventually(async () => {
      metrics = await this.metrics();
      return isSo(metrics);
    });
    return metrics;
  }
}
