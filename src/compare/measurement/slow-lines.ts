/**
 * Lines for clients that are far away, made by the kernel: a network of their own (network_namespaces(7)) in which this
 * process, the servers and the load client are while a point is measured. There every slow client has an address of its own,
 * and the queue discipline of the loopback interface sends to that address no faster than its line is: a class of tc-htb(8)
 * each, with tc-netem(8) in it where there is delay or loss. All others are near by.
 *
 * What it keeps true: the network has no name, so that it is gone with the last process in it, however that one ends; and where
 * it cannot be made, this process is where it was, and a sentence says why.
 */
import { spawnSync } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { EPERM, errorName } from '../../linux/errno.js';
import { enterNetwork, enterNewNetwork, NETWORK_PATH } from '../../linux/network-namespace.js';
import { onceAtEnd } from './clean-up.js';

/** What is asked of the lines. */
export interface Lines {
  readonly slowConnections: number;
  readonly slowBytesPerSecond: number;
  readonly slowLines: string;
  readonly slowDelayMilliseconds: number;
  readonly slowLossPercent: number;
}

export interface SlowLines {
  /** Where each slow client connects from; undefined where it has to read slowly itself. */
  readonly addresses: readonly string[] | undefined;
  /** How the lines were made, in a sentence; '' where nobody asked. */
  readonly told: string;
  /** Goes back to the network where this process was. To be called when all that was started there has ended. */
  leave(): void;
}

/** Packets as they are on most lines, rather than of 64 KiB. */
const PACKET_BYTES = 1500;
/** What a class may send before it is another's turn: more than a packet, and tc does not ask for it. */
const QUANTUM_BYTES = 60_000;
/** The rules are found by the last byte of the address. */
const BUCKETS = 256;
const TOOL_MILLISECONDS = 30_000;

/** Never throws: lines that cannot be shaped are paced in the client. */
export function laySlowLines(lines: Lines): SlowLines {
  const { slowConnections, slowLines } = lines;
  const none = { addresses: undefined, leave: () => {} };
  if (slowLines !== 'shaped' || slowConnections === 0) return { ...none, told: '' };
  const back = openSync(NETWORK_PATH, 'r');
  // Who may not come back must not go.
  const mayReturn = enterNetwork(back);
  const entered = mayReturn < 0 ? mayReturn : enterNewNetwork();
  if (entered < 0) {
    closeSync(back);
    const why = entered === -EPERM ? 'only root may make a network namespace' : `unshare: ${errorName(entered)}`;
    return { ...none, told: paced(why) };
  }
  const leave = onceAtEnd(() => {
    const result = enterNetwork(back);
    closeSync(back);
    if (result < 0) throw new Error(`There is no way back to the network of before (${errorName(result)}).`);
  });
  const up = said('ip', ['link', 'set', 'lo', 'mtu', String(PACKET_BYTES), 'up']);
  const wrong = up ?? said('tc', ['-batch', '-'], lineCommands(lines));
  if (wrong !== undefined) {
    leave();
    return { ...none, told: paced(wrong) };
  }
  const farther = lines.slowDelayMilliseconds > 0 || lines.slowLossPercent > 0;
  const lacking = farther ? said('tc', ['-batch', '-'], distanceCommands(lines)) : undefined;
  return { addresses: lineAddresses(slowConnections), told: shaped(lines, lacking), leave };
}

/** Where the n-th slow client is: 127.1.0.0 and the ones after it. */
export function lineAddresses(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `127.1.${index >> 8}.${index & 255}`);
}

/** What tc is told: a class and a rule for each line, and what leads to the rules. */
export function lineCommands({ slowConnections, slowBytesPerSecond }: Lines): string {
  const rule = 'filter add dev lo parent 1: prio 1 protocol ip u32';
  const commands = [
    'qdisc add dev lo root handle 1: htb default 0',
    `filter add dev lo parent 1: prio 1 handle 2: protocol ip u32 divisor ${BUCKETS}`,
    // The destination stands at byte 16 of the head.
    `${rule} ht 800:: match ip dst 127.1.0.0/16 hashkey mask 0x000000ff at 16 link 2:`,
  ];
  for (const [index, address] of lineAddresses(slowConnections).entries()) {
    const line = `1:${(index + 1).toString(16)}`;
    const bucket = (index & (BUCKETS - 1)).toString(16);
    // tc writes bytes a second so.
    const rate = `rate ${slowBytesPerSecond}bps quantum ${QUANTUM_BYTES}`;
    commands.push(`class add dev lo parent 1: classid ${line} htb ${rate}`);
    commands.push(`${rule} ht 2:${bucket}: match ip dst ${address}/32 flowid ${line}`);
  }
  return `${commands.join('\n')}\n`;
}

/** What tc is told where lines are long: all of the round trip is on the way to the client, and so is what gets lost. */
export function distanceCommands({ slowConnections, slowDelayMilliseconds, slowLossPercent }: Lines): string {
  const loss = slowLossPercent > 0 ? ` loss ${slowLossPercent}%` : '';
  return lineAddresses(slowConnections)
    .map(
      (_, index) =>
        `qdisc add dev lo parent 1:${(index + 1).toString(16)} netem delay ${slowDelayMilliseconds}ms${loss}\n`,
    )
    .join('');
}

function shaped(lines: Lines, lacking: string | undefined): string {
  const { slowBytesPerSecond, slowDelayMilliseconds, slowLossPercent } = lines;
  const rate = `${slowBytesPerSecond.toLocaleString('en')} bytes a second each`;
  const how = `The slow lines were shaped in a network namespace (htb): ${rate}`;
  if (lacking !== undefined) return `${how}; delay and loss were not made, since netem is not to be had: ${lacking}.`;
  const loss = slowLossPercent > 0 ? `, ${slowLossPercent} % of the packets lost` : '';
  return slowDelayMilliseconds > 0 || loss !== ''
    ? `${how}, ${slowDelayMilliseconds} ms there and back${loss}.`
    : `${how}.`;
}

function paced(why: string): string {
  return `The slow lines were not shaped but paced in the client, without delay and loss: ${why}.`;
}

/** Runs a tool of iproute2 in this network; gives what is wrong, or undefined. */
function said(tool: string, words: readonly string[], input = ''): string | undefined {
  // Not on everyone's PATH, but where they are.
  const env = { ...process.env, PATH: `${process.env.PATH ?? ''}:/usr/sbin:/sbin` };
  const { error, status, stderr } = spawnSync(tool, words, {
    input,
    env,
    encoding: 'utf8',
    timeout: TOOL_MILLISECONDS,
  });
  if (status === 0) return undefined;
  const [first = error?.message ?? ''] = stderr?.split('\n').filter((line) => line.trim() !== '') ?? [];
  if ((error as NodeJS.ErrnoException | undefined)?.code === 'ENOENT')
    return `${tool} is not installed (package iproute2)`;
  return `${tool} says: ${first.replace(/^Error: |\.\s*$/g, '')}`;
}
