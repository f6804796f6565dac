/**
 * What the process is told and tells as a service: sd_notify(3). Whoever supervises it (systemd with Type=notify) learns when
 * it serves, re-reads, stops, and, where it asks for that, that it is alive.
 *
 * What it keeps true: without a supervisor nothing happens, and one that does not listen harms nobody. Its variables are
 * taken out of the environment, so that no worker speaks for the server.
 */
import { close, MSG_DONTWAIT } from '../linux/sockets.js';
import { datagramSocket, sendDatagram } from '../linux/unix-sockets.js';

/** A supervisor that takes nothing for so long is not waited for; to say that the server lives, it is not waited for at all. */
const SEND_MILLISECONDS = 1000;

export class Supervisor {
  readonly #path: string | undefined;
  /** How often it is told that this is alive, in milliseconds; 0: never. */
  readonly #watchdogMilliseconds: number;
  #watchdog: NodeJS.Timeout | undefined;

  /** @param process the identifier of this process: a watchdog may be meant for another. */
  constructor(environment: NodeJS.ProcessEnv, process: number) {
    const take = (name: string): string | undefined => {
      const value = environment[name];
      delete environment[name];
      return value;
    };
    const path = take('NOTIFY_SOCKET');
    const microseconds = Number(take('WATCHDOG_USEC') ?? 0);
    const watched = take('WATCHDOG_PID');
    // A path, or an abstract name; anything else is of a kind that this does not speak.
    this.#path = path !== undefined && /^[/@]./.test(path) ? path : undefined;
    const meant = (watched ?? String(process)) === String(process);
    // Half of the time, as sd_watchdog_enabled(3) advises.
    this.#watchdogMilliseconds = meant && microseconds > 0 ? microseconds / 2000 : 0;
  }

  /** It serves, or serves again. @param status a line for people. */
  ready(status: string): void {
    this.#tell('READY=1', `STATUS=${status}`);
    if (this.#watchdogMilliseconds === 0 || this.#watchdog !== undefined) return;
    // Not earlier: what nobody reads yet must not take the room of the word that it serves.
    this.#watchdog = setInterval(() => this.#send('WATCHDOG=1', MSG_DONTWAIT), this.#watchdogMilliseconds);
    this.#watchdog.unref();
  }

  /** What it was told is read anew; `ready` follows, whatever comes of it. */
  reloading(): void {
    // The clock of process.hrtime is CLOCK_MONOTONIC; with its time systemd tells this reload from an earlier one.
    this.#tell('RELOADING=1', `MONOTONIC_USEC=${process.hrtime.bigint() / 1000n}`, 'STATUS=Reloading.');
  }

  stopping(): void {
    this.#tell('STOPPING=1', 'STATUS=Requests under way finish.');
  }

  #tell(...lines: readonly string[]): void {
    this.#send(lines.join('\n'), 0);
  }

  #send(text: string, flags: number): void {
    if (this.#path === undefined) return;
    const descriptor = datagramSocket(SEND_MILLISECONDS);
    if (descriptor < 0) return;
    sendDatagram(descriptor, this.#path, Buffer.from(text), flags);
    close(descriptor);
  }
}
