/**
 * Where a server listens: at the addresses of its options, or on the sockets that whoever started it has opened for it.
 *
 * What it keeps true:
 * - accept waits only where it is the one thing to wait for: a blocking model with one listener and files alone.
 * - Sockets that were handed over stay whole: nobody shuts them down, since whoever opened them goes on using them.
 */
import { inUrl, readListen } from '../config/address.js';
import type { ServerOptions } from '../config/options.js';
import { addressOf } from '../linux/inherited-sockets.js';
import { close, droppedConnections, setBlocking, setNoDelay, waitingConnections } from '../linux/sockets.js';
import { servesApplication } from './application.js';
import { listenAtPort } from './ip-listeners.js';
import type { OpenAddress } from './open-address.js';
import { listenAtPath, type Owner } from './unix-listener.js';

export class Listening {
  readonly #addresses: readonly OpenAddress[];

  constructor(addresses: readonly OpenAddress[]) {
    this.#addresses = addresses;
  }

  /** As a user writes them, in the order of the options. */
  get urls(): readonly string[] {
    return this.#addresses.map(({ url }) => url);
  }

  get descriptors(): readonly number[] {
    return this.#addresses.flatMap(({ sockets }) => sockets.flat());
  }

  /** Those that the loop or worker in this place accepts from. */
  listenersOf(place: number): readonly number[] {
    return this.#addresses.flatMap(({ sockets }) => sockets.map((each) => each[place] ?? (each[0] as number)));
  }

  /** How many connections wait to be accepted. */
  get waiting(): number {
    return this.descriptors.reduce((sum, descriptor) => sum + Math.max(0, waitingConnections(descriptor)), 0);
  }

  /** How many connections have found the backlog full so far; undefined where the kernel does not tell. */
  get overflows(): number | undefined {
    const each = this.descriptors.map(droppedConnections);
    return each.some((count) => count < 0) ? undefined : each.reduce((sum, count) => sum + count, 0);
  }

  /** Lets next to nobody more into the queues, and keeps who is in them; sockets that were handed over stay as they are. */
  hold(): void {
    for (const address of this.#addresses) address.hold();
  }

  /** Accepts no more, in all processes. */
  refuse(): void {
    for (const address of this.#addresses) address.refuse();
  }

  /** Removes what would outlive this process. */
  abandon(): void {
    for (const address of this.#addresses) address.abandon();
  }

  close(): void {
    this.abandon();
    for (const descriptor of this.descriptors) close(descriptor);
  }
}

/**
 * Listens at every address of the options. `count`: how many sockets each port has; a path has one. `owner`: who shall have
 * the files of unix sockets. Throws OptionError, or an Error with a sentence for the user; then nothing is left open.
 */
export async function listenAt(options: ServerOptions, count: number, owner?: Owner): Promise<Listening> {
  const open: OpenAddress[] = [];
  try {
    for (const text of options.listen.length === 0 ? [undefined] : options.listen) {
      open.push(await openAddress(text, options, count, owner));
    }
    return ready(new Listening(open), options);
  } catch (error) {
    new Listening(open).close();
    throw error;
  }
}

/** The sockets that were handed over, in place of the addresses of the options. Throws an Error with a sentence for the user. */
export function listenOn(descriptors: readonly number[], options: ServerOptions): Listening {
  const addresses = descriptors.map((descriptor) => ({
    url: urlOf(descriptor),
    sockets: [[descriptor]],
    hold: () => {},
    refuse: () => {},
    abandon: () => {},
  }));
  for (const descriptor of descriptors) setNoDelay(descriptor);
  return ready(new Listening(addresses), options);
}

async function openAddress(
  text: string | undefined,
  options: ServerOptions,
  count: number,
  owner: Owner | undefined,
): Promise<OpenAddress> {
  const { host, port } = options;
  if (text === undefined) {
    return listenAtPort({ host, port, hostOption: '--host', portOption: '--port' }, count);
  }
  const address = readListen(text);
  if (address === undefined) throw new Error(`There is no address ${text}.`);
  if ('path' in address) return listenAtPath(address.path, address.mode, owner);
  const named = { hostOption: '--listen', portOption: '--listen' };
  return listenAtPort({ ...named, host: address.host ?? host, port: address.port }, count);
}

function ready(listening: Listening, options: ServerOptions): Listening {
  const { descriptors } = listening;
  // A worker that serves an application waits for other things beside.
  const waits = options.model !== 'event' && descriptors.length === 1 && !servesApplication(options);
  for (const descriptor of descriptors) setBlocking(descriptor, waits);
  return listening;
}

function urlOf(descriptor: number): string {
  const address = addressOf(descriptor);
  if (typeof address === 'number') throw new Error(`Descriptor ${descriptor} is a socket of an unknown family.`);
  return 'path' in address ? `unix:${address.path}` : `http://${inUrl(address.host)}:${address.port}/`;
}
