/** Processes, threads, descriptors and sockets as the kernel shows them: proc(5). What has just gone is not there. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import koffi from 'koffi';

const SOCKET = /^socket:\[(\d+)\]$/;

function read(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}

function numbersIn(directory: string): number[] {
  try {
    return readdirSync(directory).map(Number).filter(Number.isInteger);
  } catch {
    return [];
  }
}

/** The fields of /proc/PID/stat from the third on: state, parent, and so on. None for a process that is no more. */
function status(pid: number): readonly string[] {
  const text = read(`/proc/${pid}/stat`);
  // The second field is a name in parentheses, which may hold anything.
  return text === '' ? [] : text.slice(text.lastIndexOf(')') + 2).split(' ');
}

/** The processes that this one has started and that still run. */
export function childrenOf(pid: number): number[] {
  return numbersIn('/proc').filter((candidate) => {
    const [state, parent] = status(candidate);
    return Number(parent) === pid && state !== 'Z';
  });
}

export function threadsOf(pid: number): number[] {
  return numbersIn(`/proc/${pid}/task`);
}

/** Whether it runs, or is stopped: a process that has ended and of which nobody has heard yet does not. */
export function isAlive(pid: number): boolean {
  const [state] = status(pid);
  return state !== undefined && state !== 'Z' && state !== 'X';
}

/** User and system time, fields 14 and 15, in hundredths of a second. */
export function processorMilliseconds(pid: number): number {
  const [user = 0, system = 0] = status(pid).slice(11, 13).map(Number);
  return (user + system) * 10;
}

/** What each open descriptor of a process refers to. */
export function descriptorTargets(pid: number): string[] {
  return numbersIn(`/proc/${pid}/fd`).flatMap((descriptor) => {
    try {
      return [readlinkSync(`/proc/${pid}/fd/${descriptor}`)];
    } catch {
      return [];
    }
  });
}

const RLIMIT_NOFILE = 7;
const prlimit = koffi
  .load(null as unknown as string)
  .func('int prlimit(int pid, int resource, const void *limit, void *before)');

/** From now on the process gets no descriptor beyond those that it has: prlimit(2). Gives what undoes that. */
export function withholdDescriptors(pid: number): () => void {
  const before = limitOf(pid);
  // The hard limit stays: without privileges nobody may raise it again.
  setLimit(pid, BigUint64Array.of(0n, before[1] as bigint));
  return () => setLimit(pid, before);
}

function limitOf(pid: number): BigUint64Array {
  const limit = new BigUint64Array(2);
  if (prlimit(pid, RLIMIT_NOFILE, null, limit) !== 0) throw new Error(`prlimit failed (errno ${koffi.errno()})`);
  return limit;
}

function setLimit(pid: number, limit: BigUint64Array): void {
  if (prlimit(pid, RLIMIT_NOFILE, limit, null) !== 0) throw new Error(`prlimit failed (errno ${koffi.errno()})`);
}

/** The server's end of a connection: its socket, and the bytes that have come and that nobody has read. */
interface ServerEnd {
  readonly inode: string;
  readonly unread: number;
}

/** Of the connections at this port of 127.0.0.1 those that have been accepted, by the port of the client. */
function acceptedAt(serverPort: number): Map<number, ServerEnd> {
  const local = `: 0100007F:${serverPort.toString(16).toUpperCase().padStart(4, '0')} `;
  const ends = new Map<number, ServerEnd>();
  const text = read('/proc/net/tcp');
  // There are thousands of lines, of connections that are no more: only those that are looked for are taken apart.
  for (let at = text.indexOf(local); at >= 0; at = text.indexOf(local, at + 1)) {
    const line = text.slice(at + local.length, text.indexOf('\n', at));
    const [remote, , queues, , , , , inode] = line.split(/ +/);
    if (inode === undefined || inode === '0') continue;
    const [port, unread] = [remote, queues].map((field) => Number.parseInt(field?.split(':')[1] ?? '', 16));
    ends.set(port as number, { inode, unread: unread as number });
  }
  return ends;
}

/** Whether the connections of the clients at these ports are accepted, and all that has come on them has been read. */
export function haveRead(serverPort: number, clientPorts: readonly number[]): boolean {
  const ends = acceptedAt(serverPort);
  return clientPorts.every((port) => ends.get(port)?.unread === 0);
}

/** Whether the connection of the client at this port is accepted, and has not been closed since. */
export function isServed(serverPort: number, clientPort: number): boolean {
  return acceptedAt(serverPort).has(clientPort);
}

function socketsOf(pid: number): Set<string | undefined> {
  return new Set(descriptorTargets(pid).map((target) => SOCKET.exec(target)?.[1]));
}

/** Which of the processes serves the connection of the client at this port, once it is accepted. */
export function ownerOf(serverPort: number, clientPort: number, pids: readonly number[]): number | undefined {
  const inode = acceptedAt(serverPort).get(clientPort)?.inode;
  return inode === undefined ? undefined : pids.find((pid) => socketsOf(pid).has(inode));
}

/** How many of the connections of clients at these ports each of the processes serves. */
export function shares(serverPort: number, clientPorts: readonly number[], pids: readonly number[]): number[] {
  const ends = acceptedAt(serverPort);
  return pids.map((pid) => {
    const sockets = socketsOf(pid);
    return clientPorts.filter((port) => ends.has(port) && sockets.has(ends.get(port)?.inode)).length;
  });
}
