/** Where it was measured: what somebody needs to know to judge the numbers, or to have the like. */
import { readFileSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';
import { areShared, type Cores } from '../measurement/cores.js';

export interface Testbed {
  readonly kernel: string;
  readonly processor: string;
  readonly processors: number;
  readonly memoryBytes: number;
  readonly node: string;
  readonly v8: string;
  readonly distribution: string;
  /** Whether it is a virtual machine, as far as the processor says. */
  readonly virtual: boolean;
  /** The processors that each server and the client had; empty where nothing could be pinned. */
  readonly serverCores: readonly number[];
  readonly clientCores: readonly number[];
  /** How busy the machine was with other things when it began (the load average of a minute). */
  readonly loadAverage: number;
  /** Names and versions of the other servers. */
  readonly others: Readonly<Record<string, string>>;
}

export function describeTestbed(cores: Cores, others: Readonly<Record<string, string>>): Testbed {
  const processors = cpus();
  return {
    kernel: `Linux ${release()}`,
    processor: processors[0]?.model.trim() || process.arch,
    processors: processors.length,
    memoryBytes: totalmem(),
    node: process.versions.node,
    v8: process.versions.v8,
    distribution: /^PRETTY_NAME="?([^"\n]*)/m.exec(textOf('/etc/os-release'))?.[1] ?? '',
    virtual: /^flags\s*:.*\bhypervisor\b/m.test(textOf('/proc/cpuinfo')),
    serverCores: cores.server,
    clientCores: cores.client,
    loadAverage: Number(textOf('/proc/loadavg').split(' ')[0] ?? 0),
    others,
  };
}

/** A paragraph about it. */
export function testbedText(testbed: Testbed): string {
  const { kernel, processor, processors, memoryBytes, node, distribution, virtual, serverCores, clientCores } = testbed;
  const machine = `${kernel}${distribution === '' ? '' : ` (${distribution})`}, ${processors} processors (${processor}${
    virtual ? ', virtual' : ''
  }), ${Math.round(memoryBytes / 2 ** 30)} GiB of memory, Node.js ${node}`;
  const pinned =
    serverCores.length === 0
      ? 'nothing could be pinned to a processor'
      : areShared({ server: serverCores, client: clientCores })
        ? `server and client shared ${numbered(serverCores)}`
        : `the server had ${numbered(serverCores)}, the client ${clientCores.join(', ')}`;
  return `${machine}; ${pinned}; load average before: ${testbed.loadAverage.toFixed(1)}`;
}

function numbered(cores: readonly number[]): string {
  return `${cores.length === 1 ? 'processor' : 'processors'} ${cores.join(', ')}`;
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    // Not every system has every one.
    return '';
  }
}
