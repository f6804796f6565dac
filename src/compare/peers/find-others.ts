/** The other servers that a comparison may have: those that are installed take part, of the others it is said how one gets them. */
import { spawnSync } from 'node:child_process';
import { OptionError } from '../../config/option-error.js';
import { nearest } from '../../config/spelling.js';
import { connectionsOf } from '../configuration.js';
import { type Contestant, servedWord } from '../contestant.js';
import { freePort } from '../measurement/server-process.js';
import type { Workload } from '../workloads/fields.js';
import { answersByHandler } from '../workloads/read-workload.js';
import { apache } from './apache.js';
import { lighttpd } from './lighttpd.js';
import { nginx } from './nginx.js';
import { nodeHttp, serve } from './node-servers.js';
import { findProgram, type Peer } from './peer.js';

export const PEERS: readonly Peer[] = [...nginx, ...apache, lighttpd, nodeHttp, serve];

const VERSION_MILLISECONDS = 10_000;

export interface Others {
  readonly others: readonly Contestant[];
  readonly versions: Readonly<Record<string, string>>;
  /** A sentence for each that is not there. */
  readonly missing: readonly string[];
}

/** By their names. Throws OptionError for a name that nobody has. */
export function findOthers(names: readonly string[]): Others {
  const versions: Record<string, string> = {};
  const missing: string[] = [];
  const others = names.flatMap((name) => {
    const peer = PEERS.find((one) => one.name === name);
    if (peer === undefined) {
      const all = PEERS.map((one) => one.name);
      const meant = nearest(name, all);
      throw new OptionError(
        `--with knows no ${name}; ${meant === undefined ? `there are ${all.join(', ')}.` : `did you mean ${meant}?`}`,
      );
    }
    const program = peer.program ?? findProgram(peer.programs);
    if (program === undefined) {
      missing.push(`${name} took no part, it is not installed: ${peer.install}`);
      return [];
    }
    versions[name] = versionOf(program, peer);
    return [contestant(peer, program)];
  });
  return { others, versions, missing };
}

function contestant(peer: Peer, program: string): Contestant {
  const workers = (workload: Workload): number => (peer.blocking ? connectionsOf(workload) : 1);
  return {
    name: peer.name,
    kind: 'other',
    describe: () => peer.configuration,
    typed: (workload, directory) =>
      `${program.split('/').at(-1)} (${peer.configuration}) ${servedWord(workload, directory)}`,
    workers,
    waiting: () => 0,
    whyNot(workload) {
      if (answersByHandler(workload)) return 'it has no handlers of this kind';
      if (workload.diskMilliseconds > 0) return 'its disk cannot be made slow';
      if (workers(workload) > workload.mostWorkers) return 'it needs a worker for each connection';
      return undefined;
    },
    async launch({ directory, scratch, workload, files, path, processors }) {
      const port = await freePort();
      const connections = connectionsOf(workload);
      return {
        command: peer.command(program, { directory, scratch, files, processors, port, connections }),
        url: `http://127.0.0.1:${port}`,
        path,
        directory: scratch,
      };
    },
  };
}

function versionOf(program: string, { versionArgument }: Peer): string {
  const { stdout, stderr } = spawnSync(program, [versionArgument], { encoding: 'utf8', timeout: VERSION_MILLISECONDS });
  return /\d+\.\d+(\.\d+)?/.exec(`${stdout ?? ''}${stderr ?? ''}`)?.[0] ?? 'unknown';
}
