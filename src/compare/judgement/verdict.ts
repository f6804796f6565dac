/**
 * The verdict on one workload: who is best, by how much and why, and the command line that follows.
 *
 * What it keeps true: it names only what was run; who is tied with the best is called so; who answered wrongly or failed comes
 * last and is not recommended, however fast; where the load client could not ask for more, throughput says nothing, and
 * processor time a request counts instead.
 */
import { areShared } from '../measurement/cores.js';
import { figures, METRIC_TEXTS, percentage } from '../results/metrics.js';
import type { ConfigurationResults, MetricName, Point, WorkloadResults } from '../results/results.js';
import { errorsOf, errorsText, type Unsound, unsoundness } from '../results/soundness.js';
import { type Summary, tied } from '../results/statistics.js';
import { swept } from '../results/swept-value.js';
import type { Testbed } from '../results/testbed.js';
import type { Criterion, Workload } from '../workloads/fields.js';
import { headingOf } from '../workloads/swept.js';
import { clientLimited, namesOf } from './client-limited.js';

export interface Verdict {
  /** By what they are ranked, and why by that. */
  readonly criterion: MetricName;
  readonly criterionReason: string;
  /** Of the value of what is swept that the ranking is about. */
  readonly at?: number;
  readonly ranking: readonly Place[];
  /** undefined when nobody of ours could be measured, or none was sound. */
  readonly recommended?: Recommendation;
  /** How often each was best or tied with the best, where something is swept. */
  readonly summary: string;
}

export interface Place {
  readonly name: string;
  readonly rank: number;
  readonly value: number;
  /** How many times as good as this one the best is: 1 for the best. */
  readonly behind: number;
  readonly tiedWithBest: boolean;
  /** Why it comes behind all others, whatever its value. */
  readonly unsound?: Unsound;
  readonly sentence: string;
}

export interface Recommendation {
  readonly command: string;
  readonly sentence: string;
  /** For how many processors it holds. */
  readonly cores: number;
}

const METRIC_OF: Readonly<Record<Criterion, MetricName>> = {
  throughput: 'requestsPerSecond',
  p99: 'p99',
  cpu: 'cpu',
  memory: 'memory',
};

/** Who is preferred among those that are tied: what is simplest to type and to run. */
const SIMPLEST = ['event/io_uring', 'event/epoll', 'thread', 'process'];
/** A reason is given only for what differs at least so much. */
const TELLING_RATIO = 1.3;
const TOLD_SECONDS = 0.3;

/** undefined when nothing was measured. */
export function verdictOn(results: WorkloadResults, testbed: Testbed): Verdict | undefined {
  const point = decisive(results.points);
  if (point === undefined) return undefined;
  const { criterion, reason } = criterionFor(results.workload, point);
  const ranked = rank(point, criterion);
  if (ranked.length === 0) return undefined;
  const best = ranked.find(isSound);
  const { repetitions } = results.times;
  const ranking = ranked.map((one, index) => place(one, index, best, criterion, repetitions));
  // Who answers wrongly anywhere is for nobody.
  const lasting = ranked.filter(({ configuration }) => !isUnsoundAnywhere(results, configuration.name));
  const recommended = best && recommend(lasting, best, criterion, testbed);
  return {
    criterion,
    criterionReason: `${reason}${ofSeveral(results.workload, criterion, testbed)}`,
    ...(point.value !== undefined && { at: point.value }),
    ranking,
    ...(recommended && { recommended }),
    summary: summaryOfSweep(results, criterion),
  };
}

/** Of a sweep the last value at which anybody was measured: where they differ most. */
function decisive(points: readonly Point[]): Point | undefined {
  return points.findLast(({ configurations }) => configurations.some(({ samples }) => samples.length > 0));
}

function criterionFor(workload: Workload, point: Point): { criterion: MetricName; reason: string } {
  const criterion = METRIC_OF[workload.judgedBy];
  const { heading, meaning } = METRIC_TEXTS[criterion];
  const reason = `Ranked by ${heading}: ${meaning}.`;
  // Whoever answers wrongly may do so as fast as it likes.
  const limited = clientLimited(point.configurations.filter((one) => unsoundness(one) !== 'errors'));
  if (limited.length === 0) return { criterion, reason };
  const why = `of ${namesOf(limited)} the load client could not ask for more, so that`;
  if (criterion === 'p99') return { criterion, reason: `${reason} But ${why} what the client took is in the latency.` };
  if (criterion !== 'requestsPerSecond') return { criterion, reason };
  // Where servers wait for the disk, their processor time says little.
  if (workload.memoryBytes > 0 || workload.coldConnections > 0) {
    return { criterion, reason: `${reason} But ${why} theirs says how fast the client is.` };
  }
  return {
    criterion: 'cpu',
    reason: `Ranked by processor time for a request: ${why} throughput says how fast the client is.`,
  };
}

/** Where throughput says nothing, nobody sees what further processors are worth. */
function ofSeveral({ judgedBy }: Workload, criterion: MetricName, { serverCores }: Testbed): string {
  if (serverCores.length < 2 || criterion !== 'cpu' || judgedBy === 'cpu') return '';
  return ` What ${serverCores.length} processors are worth this does not show: one loop uses one of them.`;
}

interface Ranked {
  readonly configuration: ConfigurationResults;
  readonly summary: Summary;
  readonly unsound?: Unsound;
}

function isSound({ unsound }: Ranked): boolean {
  return unsound === undefined;
}

function isUnsoundAnywhere({ points }: WorkloadResults, name: string): boolean {
  return points.some(({ configurations }) =>
    configurations.some((one) => one.name === name && unsoundness(one) !== undefined),
  );
}

/** Who has no place among the others comes behind them: those that failed, then those that answered wrongly. */
const ORDER = [undefined, 'failed', 'errors'] as const;

function rank(point: Point, criterion: MetricName): Ranked[] {
  const sign = METRIC_TEXTS[criterion].better === 'more' ? -1 : 1;
  return point.configurations
    .flatMap((configuration) => {
      const summary = configuration.summaries[criterion];
      const unsound = unsoundness(configuration);
      return summary === undefined ? [] : [{ configuration, summary, ...(unsound && { unsound }) }];
    })
    .sort(
      (one, other) =>
        ORDER.indexOf(one.unsound) - ORDER.indexOf(other.unsound) || sign * (one.summary.median - other.summary.median),
    );
}

/** What it does more than others is then not why it is slow. */
const COLD = 'not all of its code was compiled yet';
/** Nobody thinks in thousands of percent. */
const TIMES_FROM = 10;

/** @param best undefined when none is sound. */
function place(
  ranked: Ranked,
  index: number,
  best: Ranked | undefined,
  criterion: MetricName,
  repetitions: number,
): Place {
  const { configuration, summary, unsound } = ranked;
  const { write, heading } = METRIC_TEXTS[criterion];
  const behind = best === undefined ? 1 : ratio(criterion, summary.median, best.summary.median);
  const tiedWithBest = best !== undefined && best !== ranked && isSound(ranked) && tied(summary, best.summary);
  const value = `${write(summary.median)}${criterion === 'requestsPerSecond' ? ' requests/s' : ` ${heading}`}`;
  const { name, samples } = configuration;
  const some = samples.length < repetitions ? ` (${samples.length} of ${repetitions} repetitions)` : '';
  const measured = `${value}${some}`;
  const few = unsound !== 'errors' && errorsOf(configuration) > 0 ? `; ${errorsText(configuration)}` : '';
  let sentence: string;
  if (unsound === 'errors') {
    sentence = `${name} comes last, whatever its ${measured}: ${errorsText(configuration)}, where one in a thousand is the most.`;
  } else if (unsound === 'failed') sentence = `${name} comes behind the others, since it failed: ${measured}${few}.`;
  else if (best === undefined || best === ranked) sentence = `${name} is best: ${measured}${few}.`;
  else if (tiedWithBest) sentence = `${name} is tied with the best: ${measured}${few}.`;
  else {
    const why = configuration.warm === false ? COLD : reasons(configuration, best.configuration);
    const because = why === '' ? '.' : `; ${why}.`;
    const distance = behind < TIMES_FROM ? `${margin(behind)} behind` : `behind by ${margin(behind)}`;
    sentence = `${name} is ${distance}: ${measured}${few}${because}`;
  }
  const wrong = unsound && { unsound };
  return { name, rank: index + 1, value: summary.median, behind, tiedWithBest, ...wrong, sentence };
}

/** How far two are apart, in every sentence measured the same way: by how many times as good the better one is. */
function margin(behind: number): string {
  return behind < TIMES_FROM ? percentage(behind - 1) : `a factor of ${figures(behind)}`;
}

function ratio(criterion: MetricName, value: number, best: number): number {
  if (value === 0 || best === 0) return 1;
  return METRIC_TEXTS[criterion].better === 'more' ? best / value : value / best;
}

/** What of its work is more than the best one's, the largest first. */
function reasons(configuration: ConfigurationResults, best: ConfigurationResults): string {
  const of = (results: ConfigurationResults, name: MetricName): number | undefined => results.summaries[name]?.median;
  const found: { text: string; weight: number }[] = [];
  const compare = (name: MetricName, least: number, words: (own: string, other: string) => string): void => {
    const own = of(configuration, name);
    const other = of(best, name);
    if (own === undefined || other === undefined || own - other < least) return;
    const weight = own / Math.max(other, least);
    if (weight < TELLING_RATIO) return;
    const { write } = METRIC_TEXTS[name];
    found.push({ text: words(write(own), write(other)), weight });
  };
  compare('longestStall', 0.01, (own, other) => `its loop was kept from serving for up to ${own} (the best: ${other})`);
  compare('voluntarySwitches', 0.1, (own, other) => `${own} context switches a request, where the best has ${other}`);
  compare('systemCalls', 0.3, (own, other) => `${own} system calls a request, where the best makes ${other}`);
  const sure = isTold(configuration) && isTold(best);
  if (sure)
    compare('cpuUser', 0.3e-6, (own, other) => `${own} of its own code a request, where the best needs ${other}`);
  if (sure)
    compare('cpuSystem', 0.3e-6, (own, other) => `${own} in the kernel a request, where the best needs ${other}`);
  compare('lockWait', 0.2e-6, (own) => `a request waits ${own} for the lock of the cache`);
  return found
    .sort((one, other) => other.weight - one.weight)
    .slice(0, 2)
    .map(({ text }) => text)
    .join(', and ');
}

/** Whether the kernel's ticks (10 ms) tell user mode from the kernel: enough of them have passed. */
function isTold({ samples }: ConfigurationResults): boolean {
  return samples.every(({ requests, metrics }) => requests * (metrics.cpu ?? 0) >= TOLD_SECONDS);
}

function recommend(
  ranked: readonly Ranked[],
  best: Ranked,
  criterion: MetricName,
  testbed: Testbed,
): Recommendation | undefined {
  const ours = ranked.filter(({ configuration }) => configuration.kind === 'amped');
  const [first] = ours;
  if (first === undefined) return undefined;
  const equals = ours.filter((one) => one === first || tied(one.summary, first.summary));
  const chosen = equals.sort((one, other) => simplicity(one) - simplicity(other))[0] as Ranked;
  // Those that could not be pinned had all.
  const cores = testbed.serverCores.length || testbed.processors;
  const shared = areShared({ server: testbed.serverCores, client: testbed.clientCores });
  const on = `on ${cores === 1 ? 'one processor' : `${cores} processors`}${shared ? ' that the load client shared' : ''}`;
  const others = equals.length - 1;
  const among = others === 0 ? '' : `, the simplest of ${others + 1} that are tied`;
  const outside =
    best.configuration.kind === 'amped' || tied(best.summary, first.summary)
      ? ''
      : ` ${best.configuration.name} is better here by ${margin(ratio(criterion, chosen.summary.median, best.summary.median))}.`;
  return {
    // What was made slow or scarce on purpose is not for anybody's site.
    command: chosen.configuration.command.replace(/ --(?:inject|cache-bytes) \S+/g, ''),
    sentence: `For this workload ${on}: ${chosen.configuration.name}${among}.${outside}`,
    cores,
  };
}

function simplicity({ configuration }: Ranked): number {
  const index = SIMPLEST.findIndex((name) => configuration.name === name || configuration.name.startsWith(`${name}:`));
  // A number that has to be chosen is one thing more to know.
  return index < 0 ? SIMPLEST.length : index + (configuration.name === SIMPLEST[index] ? 0 : 0.5);
}

function summaryOfSweep({ workload, points }: WorkloadResults, criterion: MetricName): string {
  const wins = points.flatMap((point) => {
    // Where the client was the limit differs from point to point.
    const own = criterionFor(workload, point).criterion;
    const ranked = rank(point, own).filter(isSound);
    const [best] = ranked;
    if (best === undefined) return [];
    const tiedOnes = ranked.filter((one) => one !== best && tied(one.summary, best.summary));
    const by = own === criterion ? '' : `, by ${METRIC_TEXTS[own].heading}`;
    return [{ value: point.value, best: `${best.configuration.name}${by}`, tied: tiedOnes.length }];
  });
  if (workload.sweep === '' || wins.length === 0) return '';
  const parts = wins.map(
    ({ value, best, tied: count }) =>
      `${swept(workload.sweep, value ?? 0)}: ${best}${count === 0 ? '' : ` (tied with ${count} other${count === 1 ? '' : 's'})`}`,
  );
  return `Best by ${METRIC_TEXTS[criterion].heading}, by ${headingOf(workload.sweep)}: ${parts.join('; ')}.`;
}
