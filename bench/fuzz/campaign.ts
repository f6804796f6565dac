/**
 * A campaign: so many requests of one seed against one server, and what must hold when they are over. The server lives, has
 * printed no exception, and has as many descriptors open, and not much more memory, than when it was warm.
 */
import fc from 'fast-check';
import { Amped, blocks, MODELS, type ModelName } from '../attacks/amped.js';
import { type Conditions, runCase } from './connection.js';
import { readCorpus } from './corpus.js';
import { type Failure, writeFailure } from './failure.js';
import { type FuzzCase, fuzzCases } from './models.js';
import type { FuzzSite } from './site.js';

/** Cases made at a time. */
const BATCH = 100;
/** More failures than this say nothing new. */
const MOST_FAILURES = 20;
/** Large files that are kept open, caches that fill: the server is warm after this share of the requests. */
const WARM_SHARE = 0.1;
/** What a server may gain after it is warm: the kernel's and the engine's garbage, and no more. */
const MEMORY_GROWTH_BYTES = 48 * 1024 * 1024;
/** Files that stay open: the one large file of the site, once for each worker. */
const FILES_KEPT_OPEN = 1;
const SETTLE_MILLISECONDS = 40_000;
const PROGRESS_MILLISECONDS = 10_000;
const BAD_WORDS = /\n {4}at |Error|assert|has ended|died|signal SIG/i;

export interface Plan {
  readonly model: ModelName;
  readonly seed: number;
  readonly requests: number;
  readonly connections: number;
  /** Options of the server beside those that choose the model. */
  readonly options: readonly string[];
  readonly progress: (text: string) => void;
}

export interface Outcome {
  readonly requests: number;
  readonly cases: number;
  readonly seconds: number;
  readonly descriptors: readonly [before: number, after: number];
  readonly memoryBytes: readonly [warm: number, after: number];
  /** How many answers there were, by status. */
  readonly seen: ReadonlyMap<number, number>;
  /** What was wrong, each with the file that has the case where it was one. */
  readonly failures: readonly string[];
}

export async function runCampaign(site: FuzzSite, plan: Plan): Promise<Outcome> {
  const server = await Amped.start(site.root, [...MODELS[plan.model], ...plan.options]);
  try {
    return await new Campaign(site, plan, server).run();
  } finally {
    await server.stop();
  }
}

class Campaign {
  readonly #plan: Plan;
  readonly #server: Amped;
  readonly #conditions: Conditions;
  readonly #cases: fc.Arbitrary<FuzzCase>;
  readonly #failures: string[] = [];
  #batch: FuzzCase[] = [];
  #made = 0;
  #requests = 0;
  #warmBytes = 0;
  #told = performance.now();

  constructor(site: FuzzSite, plan: Plan, server: Amped) {
    this.#plan = plan;
    this.#server = server;
    this.#conditions = { port: server.port, site, mayYield: blocks(plan.model), seen: new Map() };
    this.#cases = fuzzCases(readCorpus());
  }

  async run(): Promise<Outcome> {
    const { connections } = this.#plan;
    const server = this.#server;
    const before = server.descriptors();
    const workers = server.processes();
    const began = performance.now();
    await Promise.all(Array.from({ length: connections }, () => this.#work()));
    const seconds = (performance.now() - began) / 1000;
    const most = before + FILES_KEPT_OPEN * (blocks(this.#plan.model) ? 64 : 4);
    const after = await server.descriptorsWithin(most, SETTLE_MILLISECONDS);
    const bytes = server.memoryBytes();
    if (after > most) this.#failures.push(`${before} descriptors were open before, ${after} after`);
    if (bytes - this.#warmBytes > MEMORY_GROWTH_BYTES) {
      this.#failures.push(`the memory has grown from ${mebibytes(this.#warmBytes)} to ${mebibytes(bytes)}`);
    }
    if (server.running && workers.some((pid) => !server.processes().includes(pid))) {
      this.#failures.push('a process of the server has ended');
    }
    const ending = await server.stop();
    if (ending.code !== 0) this.#failures.push(`the server ended with ${ending.code ?? ending.signal}`);
    if (BAD_WORDS.test(server.errors)) this.#failures.push(`the server printed: ${server.errors.slice(0, 2000)}`);
    return {
      ...{
        requests: this.#requests,
        cases: this.#made,
        seconds,
        seen: this.#conditions.seen,
        failures: this.#failures,
      },
      descriptors: [before, after],
      memoryBytes: [this.#warmBytes, bytes],
    };
  }

  /** One connection after the other. */
  async #work(): Promise<void> {
    const { requests, model, seed } = this.#plan;
    while (this.#requests < requests && this.#failures.length < MOST_FAILURES) {
      const index = this.#made;
      const aCase = this.#next();
      const what = await runCase(aCase, this.#conditions);
      if (what !== undefined) this.#failed({ what, model, seed, index, case: aCase });
      if (!this.#server.running) {
        if (this.#failures.length < MOST_FAILURES) this.#failures.push(`the server has ended: ${this.#server.errors}`);
        return;
      }
      this.#look();
    }
  }

  /** Case after case of the seed; a batch of them is made at a time. */
  #next(): FuzzCase {
    if (this.#batch.length === 0) {
      const seed = this.#plan.seed + this.#made / BATCH;
      this.#batch = fc.sample(this.#cases, { seed, numRuns: BATCH }).reverse();
    }
    const next = this.#batch.pop()!;
    this.#made++;
    this.#requests += next.requests;
    return next;
  }

  #failed(failure: Failure): void {
    const file = writeFailure(failure);
    this.#failures.push(`${failure.what} (seed ${failure.seed}, case ${failure.index}: ${file})`);
    this.#plan.progress(this.#failures.at(-1)!);
  }

  #look(): void {
    const { requests, progress } = this.#plan;
    if (this.#warmBytes === 0 && this.#requests > requests * WARM_SHARE) this.#warmBytes = this.#server.memoryBytes();
    const now = performance.now();
    if (now - this.#told < PROGRESS_MILLISECONDS) return;
    this.#told = now;
    const memory = mebibytes(this.#server.memoryBytes());
    progress(`${this.#requests} of ${requests} requests, ${this.#failures.length} failures, memory ${memory}`);
  }
}

export function mebibytes(bytes: number): string {
  return `${(bytes / 1_048_576).toFixed(1)} MiB`;
}
