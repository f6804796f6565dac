/**
 * Measures one workload: at each value of what it sweeps, every contestant.
 *
 * All servers of a point are started, each fresh, and warmed up; then they take turns, A B C A B C, so that a machine that
 * drifts does so for all of them. While one is measured the others sleep. Where they would share what is scarce, the memory
 * for the page cache or the disk, each is started anew for each turn and is alone.
 *
 * What it keeps true: whatever has been measured is in the results, also when a server dies or somebody interrupts, and every
 * server that was started has ended when this ends.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { processorTimeOfTree } from '../../metrics/proc-tree.js';
import type { Contestant, Service } from '../contestant.js';
import { LoadClients } from '../load/load-clients.js';
import type { LoadPlan } from '../load/plan.js';
import {
  type ConfigurationResults,
  METRIC_NAMES,
  type MetricName,
  type Point,
  type Sample,
  type Times,
  type WorkloadResults,
} from '../results/results.js';
import { type Summary, summaryOf } from '../results/statistics.js';
import { Timetable } from '../timetable.js';
import type { Workload } from '../workloads/fields.js';
import { answersByHandler, isAlone, pointsOf } from '../workloads/read-workload.js';
import { readAccessLog } from './access-log.js';
import { type Folder, temporaryFolder } from './clean-up.js';
import { evict, requireDisk } from './cold-files.js';
import { canBeTold, memoryOfConnection } from './connection-memory.js';
import type { Cores } from './cores.js';
import { writeHandlerApp } from './handler-app.js';
import { type Asked, plansFor } from './load-plans.js';
import { expectFiles } from './logged-files.js';
import { measureOnce, type RunLoad } from './measure.js';
import { filesOf, makeFiles } from './served-files.js';
import { type Launch, type StartedServer, startServer } from './server-process.js';
import { Settling } from './settling.js';
import { laySlowLines, type SlowLines } from './slow-lines.js';
import { WarmUpBudget } from './warm-up-budget.js';

/** What is being done, for people who wait. */
export interface Step {
  readonly text: string;
  /** About how many seconds are done, of all that this workload takes. */
  readonly done: number;
  readonly of: number;
}

export interface Circumstances extends Times {
  readonly directory: string;
  readonly cores: Cores;
  readonly runLoad: RunLoad;
  readonly signal: AbortSignal;
  readonly progress: (step: Step) => void;
  /** Puts a server under limits of memory; throws an Error with a sentence where there are none to be had. */
  readonly limit?: (bytes: number) => { under(command: readonly string[]): string[]; remove(): Promise<void> };
}

/** Long enough for the kernel's clock of processor time, which ticks every 10 ms. */
const ROUND_SECONDS = 1;
const SMALL_BYTES = 65_536;
/** So few files are in memory after their first round, however little there is. */
const FEW_FILES = 16;
/** Other requests than in the repetitions, and the same for all servers. */
const WARM_UP_SEED = 1_000_000;

/** Which requests warm. */
interface Warming {
  readonly seed: number;
  /** Of a file, where there are any so small. */
  readonly mostBytes: number;
  readonly mostFiles: number;
}

interface Spent {
  readonly cpu: number;
  readonly requests: number;
}

interface Turn {
  readonly contestant: Contestant;
  readonly samples: Sample[];
  readonly remarks: Set<string>;
  /** Whether all its servers were warm; undefined where nobody knows. */
  warm: boolean | undefined;
  /** What was found out when it was started, for its next repetition. */
  memoryOfConnection: number | undefined;
  server: StartedServer | undefined;
  out: boolean;
  failed: boolean;
}

/** Never rejects for what a server does; an interruption ends it early, with what there is. */
export async function runWorkload(
  workload: Workload,
  contestants: readonly Contestant[],
  circumstances: Circumstances,
): Promise<WorkloadResults> {
  const points = pointsOf(workload);
  const measured: Point[] = [];
  let files = { count: 0, bytes: 0 };
  let slowLines = '';
  const timetable = new Timetable({ workload, contestants, times: circumstances });
  for (const [index, { value, workload: there }] of points.entries()) {
    if (circumstances.signal.aborted) break;
    const where = value === undefined ? there.name : `${there.name} ${workload.sweep} ${value}`;
    const step = (text: string, contestant: number, repetition: number): void => {
      const done = timetable.before(index, contestant, repetition);
      circumstances.progress({ text: `${where}: ${text}`, done, of: timetable.seconds });
    };
    const point = await runPoint(there, contestants, circumstances, step);
    files = point.files;
    if (point.slowLines !== '') slowLines = point.slowLines;
    measured.push({ ...(value !== undefined && { value }), configurations: point.configurations });
  }
  const { warmUpSeconds, mostWarmUpSeconds, meanWarmUpSeconds, secondsEach, repetitions } = circumstances;
  const warmUps = {
    ...(mostWarmUpSeconds && { mostWarmUpSeconds }),
    ...(meanWarmUpSeconds && { meanWarmUpSeconds }),
  };
  const times = { warmUpSeconds, ...warmUps, secondsEach, repetitions };
  return { workload, times, files, ...(slowLines !== '' && { slowLines }), points: measured };
}

async function runPoint(
  workload: Workload,
  contestants: readonly Contestant[],
  circumstances: Circumstances,
  step: (text: string, contestant: number, repetition: number) => void,
): Promise<{ configurations: ConfigurationResults[]; files: { count: number; bytes: number }; slowLines: string }> {
  const folder = temporaryFolder();
  const lines = laySlowLines(workload);
  // A client process from before is in another network.
  const clients = lines.addresses === undefined ? undefined : new LoadClients();
  const turns = contestants.map(
    (contestant): Turn => ({
      ...{ contestant, samples: [], remarks: new Set(), warm: undefined, memoryOfConnection: undefined },
      ...{ server: undefined, out: false, failed: false },
    }),
  );
  let ground: Ground | undefined;
  let files = { count: 0, bytes: 0 };
  try {
    const { asked, bytes, ...served } = serve(workload, circumstances.directory, folder);
    const here = new Ground(workload, asked, served, folder, lines, {
      ...circumstances,
      ...(clients && { runLoad: clients.run }),
    });
    ground = here;
    for (const turn of turns) {
      const reason = turn.contestant.whyNot(workload);
      const rest = turn.contestant.waiting(workload);
      if (rest > 0) turn.remarks.add(`${rest} of the connections wait until another one ends: there are fewer workers`);
      if (reason === undefined) continue;
      turn.remarks.add(`took no part: ${reason}`);
      turn.out = true;
    }
    if (!here.alone) {
      here.shareWarmUp(turns.filter(({ out }) => !out).length);
      for (const [index, turn] of turns.entries()) {
        if (turn.out || circumstances.signal.aborted) continue;
        step(`${turn.contestant.name} warms up`, index, 0);
        await attempt(turn, here, () => here.start(turn));
      }
    }
    for (let repetition = 1; repetition <= circumstances.repetitions; repetition++) {
      for (const [index, turn] of turns.entries()) {
        if (turn.out || circumstances.signal.aborted) continue;
        step(`${turn.contestant.name}, ${repetition} of ${circumstances.repetitions}`, index, repetition);
        await attempt(turn, here, async () => {
          if (here.alone) await here.start(turn);
          turn.samples.push(await here.measure(turn, repetition));
          if (here.alone) await here.stop(turn);
        });
      }
    }
    files = { count: served.files, bytes };
  } finally {
    // Whoever cannot be stopped must not keep the others.
    await Promise.all(turns.map((turn) => ground?.stop(turn).catch((error) => turn.remarks.add(String(error)))));
    await clients?.end();
    folder.remove();
    lines.leave();
  }
  const configurations = turns.map((turn) => resultsOf(turn, workload, circumstances.directory));
  return { configurations, files, slowLines: lines.told };
}

/** A failure takes its server out; what it has measured before stays. */
async function attempt(turn: Turn, ground: Ground, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    await ground.stop(turn);
    turn.out = true;
    if (ground.circumstances.signal.aborted) return;
    turn.failed = true;
    turn.remarks.add(error instanceof Error ? error.message : String(error));
  }
}

/** What all servers of a point have in common. */
class Ground {
  /** Each is started for a turn and ended after it. */
  readonly alone: boolean;
  readonly #limits = new Map<Turn, { remove(): Promise<void> }>();
  #warmUps: WarmUpBudget | undefined;
  #starts = 0;

  constructor(
    readonly workload: Workload,
    readonly asked: Asked,
    readonly served: {
      readonly directory: string;
      readonly app?: string;
      readonly files: number;
      readonly path: string;
    },
    readonly folder: Folder,
    readonly lines: SlowLines,
    readonly circumstances: Circumstances,
  ) {
    this.alone = isAlone(workload);
    if (this.alone) requireDisk(served.directory);
  }

  /** So many servers share what there is for their warm-ups. */
  shareWarmUp(servers: number): void {
    const { meanWarmUpSeconds, mostWarmUpSeconds = 0 } = this.circumstances;
    if (meanWarmUpSeconds !== undefined) {
      this.#warmUps = new WarmUpBudget(servers, meanWarmUpSeconds, mostWarmUpSeconds);
    }
  }

  async start(turn: Turn): Promise<void> {
    const { workload, served, circumstances } = this;
    // What the one before has read must not be in memory for this one.
    if (this.alone) evict(served.directory);
    const scratch = join(this.folder.path, `server-${++this.#starts}`);
    // Root reads its configuration from there: whatever the umask, nobody else may write to it.
    mkdirSync(scratch, { mode: 0o755 });
    const service: Service = { ...served, scratch, workload, processors: this.#processors };
    let launch: Launch = await turn.contestant.launch(service);
    if (workload.memoryBytes > 0) {
      if (circumstances.limit === undefined) throw new Error('The memory of a server cannot be limited here.');
      const limit = circumstances.limit(workload.memoryBytes);
      this.#limits.set(turn, limit);
      launch = { ...launch, command: limit.under(launch.command) };
    }
    turn.server = await startServer(launch, circumstances.cores.server, circumstances.signal);
    await this.#holdConnections(turn, turn.server);
    const began = performance.now();
    try {
      await this.#warmUp(turn, turn.server);
    } finally {
      this.#warmUps?.take((performance.now() - began) / 1000);
    }
  }

  /** Before it is warmed up by as many, and once: what it keeps of them would be there already. */
  async #holdConnections(turn: Turn, server: StartedServer): Promise<void> {
    const { runLoad, signal } = this.circumstances;
    if (turn.samples.length > 0 || !canBeTold(turn.contestant, this.workload)) return;
    const { measured } = this.#plans(server, 1, WARM_UP_SEED);
    turn.memoryOfConnection = await memoryOfConnection(server.pid, measured, this.workload, runLoad, signal);
    const end = server.ended();
    if (end !== undefined) throw new Error(end);
  }

  async stop(turn: Turn): Promise<void> {
    await turn.server?.stop();
    turn.server = undefined;
    await this.#limits.get(turn)?.remove();
    this.#limits.delete(turn);
  }

  async measure(turn: Turn, repetition: number): Promise<Sample> {
    const { runLoad, signal, secondsEach } = this.circumstances;
    const { server } = turn;
    if (server === undefined) throw new Error('There is no server.');
    const end = server.ended();
    if (end !== undefined) throw new Error(end);
    const plans = this.#plans(server, secondsEach, repetition);
    const sample = await measureOnce(server, plans, { repetition, processors: this.#processors, runLoad, signal });
    const { memoryOfConnection: memory } = turn;
    turn.memoryOfConnection = undefined;
    return memory === undefined ? sample : { ...sample, metrics: { ...sample.metrics, memoryOfConnection: memory } };
  }

  /**
   * In rounds, each with connections of its own: a worker that serves one connection for long compiles less of its code than one
   * that serves several. At least as long as asked for; then until it has settled, or has had as long as it may take. It is
   * the number of requests that warms, so only small files are asked for, but for the last round. Of those that are alone the
   * code comes first, with few files, and then all files have as long as asked for to come from the disk.
   */
  async #warmUp(turn: Turn, server: StartedServer): Promise<void> {
    const { warmUpSeconds, mostWarmUpSeconds = 0 } = this.circumstances;
    const { kind, workers } = turn.contestant;
    const allowed = this.#warmUps?.allowance ?? mostWarmUpSeconds;
    const began = performance.now();
    // By the clock: the rounds take more than their load.
    const passed = (): number => (performance.now() - began) / 1000;
    // Others have nothing to compile.
    const settling = new Settling(kind === 'other' ? 0 : workers(this.workload));
    const round = Math.min(ROUND_SECONDS, warmUpSeconds);
    const most = allowed - (this.alone ? warmUpSeconds : round);
    const least = this.alone ? 0 : warmUpSeconds - round;
    let rounds = 0;
    let seconds = 0;
    const load = async (length: number, mostBytes: number, mostFiles: number): Promise<Spent> => {
      seconds += length;
      return this.#loadFor(server, length, { seed: WARM_UP_SEED + rounds++, mostBytes, mostFiles });
    };
    const all = Number.POSITIVE_INFINITY;
    while (seconds < least || (!settling.hasSettled && Math.max(seconds, passed()) + round <= most)) {
      const { cpu, requests } = await load(round, SMALL_BYTES, this.alone ? FEW_FILES : all);
      settling.add(cpu, requests);
    }
    let left = round;
    if (this.alone) left = warmUpSeconds;
    else if (seconds < warmUpSeconds) left = warmUpSeconds - seconds;
    while (left > 0) {
      const length = Math.min(left, ROUND_SECONDS);
      left -= length;
      settling.count((await load(length, all, all)).requests);
    }
    const lacking = settling.lacking(seconds);
    if (kind === 'amped') turn.warm = turn.warm !== false && lacking === '';
    // Who wants no warm-up at all knows what that means.
    if (lacking !== '' && seconds > 0) turn.remarks.add(lacking);
  }

  /** Gives the processor time that it took. */
  async #loadFor(server: StartedServer, seconds: number, { seed, mostBytes, mostFiles }: Warming): Promise<Spent> {
    const { runLoad, signal } = this.circumstances;
    const { measured } = this.#plans(server, seconds, seed);
    const { order, targets, ...plan } = measured;
    const small = targets.filter(({ length = 0 }) => length <= mostBytes);
    // Of a recorded log what it asks for: to be warm takes other requests than it has at its beginning.
    const inOrder = order !== undefined && order.kind !== 'trace' && { order };
    const warm: LoadPlan = {
      ...{ ...plan, ...inOrder, seconds, targets: (small.length > 0 ? small : targets).slice(0, mostFiles) },
      // Nobody waits for the time of a request that only warms.
      ...{ pace: { kind: 'closed' }, thinkMilliseconds: 0 },
    };
    const before = processorTimeOfTree(server.pid);
    const result = await runLoad(warm, { signal });
    signal.throwIfAborted();
    const end = server.ended();
    if (end !== undefined) throw new Error(end);
    if (result.answered === 0) throw new Error(result.reason ?? 'No request was answered.');
    return { cpu: processorTimeOfTree(server.pid) - before, requests: result.answered };
  }

  /** How many each server has. */
  get #processors(): number {
    return Math.max(1, this.circumstances.cores.server.length);
  }

  #plans(server: StartedServer, seconds: number, seed: number): ReturnType<typeof plansFor> {
    const { cores } = this.circumstances;
    const { addresses } = this.lines;
    return plansFor(this.workload, this.asked, {
      ...{ url: server.url, seconds, cores: cores.client, seed: seed + 1 },
      ...(addresses && { slowAddresses: addresses }),
    });
  }
}

/** The files of a point, or its application. Throws an Error with a sentence. */
function serve(
  workload: Workload,
  given: string,
  folder: Folder,
): { asked: Asked; directory: string; app?: string; files: number; path: string; bytes: number } {
  if (answersByHandler(workload)) {
    const place = join(folder.path, 'app');
    mkdirSync(place);
    const asked = { targets: [{ path: '/', status: 200 }], coldTargets: [] };
    return { asked, directory: place, app: writeHandlerApp(place, workload), files: 1, path: '/', bytes: 0 };
  }
  const made = join(folder.path, 'site');
  if (workload.files === 'given' && workload.log !== '') {
    const log = expectFiles(readAccessLog(workload.log), given);
    const { targets, bytes } = log;
    const path = targets.find(({ length }) => length !== undefined)?.path ?? '/';
    return { asked: { targets, coldTargets: [], log }, directory: given, files: targets.length, path, bytes };
  }
  if (workload.files === 'given') {
    const { targets, bytes } = filesOf(given);
    const path = targets[0]?.path ?? '/';
    return { asked: { targets, coldTargets: [] }, directory: given, files: targets.length, path, bytes };
  }
  mkdirSync(made);
  const { fileCount, fileBytes, coldConnections, coldFiles, coldBytes } = workload;
  const targets = makeFiles(made, 'files', fileCount, fileBytes);
  const coldTargets = coldConnections === 0 ? [] : makeFiles(made, 'cold', coldFiles, coldBytes);
  const bytes = fileCount * fileBytes + coldTargets.length * coldBytes;
  const files = targets.length + coldTargets.length;
  return { asked: { targets, coldTargets }, directory: made, files, path: targets[0]?.path ?? '/', bytes };
}

function resultsOf(
  { contestant, samples, remarks, warm, failed }: Turn,
  workload: Workload,
  directory: string,
): ConfigurationResults {
  const summaries: Partial<Record<MetricName, Summary>> = {};
  for (const name of METRIC_NAMES) {
    const summary = summaryOf(samples.flatMap(({ metrics }) => metrics[name] ?? []));
    if (summary !== undefined) summaries[name] = summary;
  }
  return {
    name: contestant.name,
    kind: contestant.kind,
    command: contestant.typed(workload, directory),
    description: contestant.describe(workload),
    workers: contestant.workers(workload),
    ...(warm !== undefined && { warm }),
    samples,
    summaries,
    ...(failed && { failed }),
    remarks: [...remarks, ...together(samples.flatMap(({ errors }) => errors))],
  };
}

/** The same errors of several repetitions as one: 'answers that are no HTTP: 3' and '… 5' are 8. */
function together(errors: readonly string[]): string[] {
  const counts = new Map<string, number>();
  const others = new Set<string>();
  for (const error of errors) {
    const [, kind, count] = /^(.*): ([\d,]+)$/.exec(error) ?? [];
    if (kind === undefined || count === undefined) others.add(error);
    else counts.set(kind, (counts.get(kind) ?? 0) + Number(count.replaceAll(',', '')));
  }
  return [...[...counts].map(([kind, count]) => `${kind}: ${count.toLocaleString('en')}`), ...others];
}
