/** One attack on one server: what a normal client meets meanwhile, and what the server holds before, during and after. */
import { Amped, blocks, MODELS, type ModelName } from './amped.js';
import { NormalClient } from './normal-client.js';
import { type Attack, attack, SMALL } from './slowhttptest.js';

export const SMALL_BYTES = 1024;
/** The engine and the caches have what they need after so many normal requests. */
const WARM_UP_MILLISECONDS = 5_000;
const WARM_UP_RATE = 500;
const SAMPLE_MILLISECONDS = 2_000;
/** All deadlines together: what the attackers leave behind is closed within this. */
const SETTLE_MILLISECONDS = 75_000;

export interface Round {
  readonly model: ModelName;
  readonly attack: string;
  readonly latencies: readonly number[];
  readonly failures: number;
  /** Connections of the attacker, at the most, and how often it was started. */
  readonly connected: number;
  readonly runs: number;
  readonly memoryBytes: { readonly before: number; readonly most: number; readonly after: number };
  readonly descriptors: { readonly before: number; readonly most: number; readonly after: number };
  /** The longest time that an event loop did not look at what had happened, as the server says when it ends and it was long. */
  readonly awayMilliseconds: number | undefined;
  /** What was wrong with the server itself. */
  readonly remarks: readonly string[];
}

export interface RoundPlan {
  readonly seconds: number;
  readonly connections: number;
  readonly rate: number;
  readonly workers: number;
}

export async function runRound(directory: string, model: ModelName, anAttack: Attack, plan: RoundPlan): Promise<Round> {
  const workers = blocks(model) ? ['--workers', String(plan.workers)] : [];
  const server = await Amped.start(directory, [...MODELS[model], ...workers]);
  try {
    const warmUp = new NormalClient(server.port, SMALL, SMALL_BYTES, WARM_UP_RATE);
    await new Promise((done) => setTimeout(done, WARM_UP_MILLISECONDS));
    await warmUp.stop();

    const descriptors = { before: server.descriptors(), most: 0, after: 0 };
    const memoryBytes = { before: server.memoryBytes(), most: 0, after: 0 };
    const look = () => {
      descriptors.most = Math.max(descriptors.most, server.descriptors());
      memoryBytes.most = Math.max(memoryBytes.most, server.memoryBytes());
    };
    const sampler = setInterval(look, SAMPLE_MILLISECONDS);
    const client = new NormalClient(server.port, SMALL, SMALL_BYTES, plan.rate);
    const { connected, runs } = await attack(server.port, anAttack, plan.connections, plan.seconds);
    await client.stop();
    clearInterval(sampler);
    // The large file stays open, once for each who has sent it.
    const kept = blocks(model) ? plan.workers : 1;
    descriptors.after = await server.descriptorsWithin(descriptors.before + kept, SETTLE_MILLISECONDS);
    memoryBytes.after = server.memoryBytes();

    const remarks: string[] = [];
    if (!server.running) remarks.push('the server has ended');
    if (server.errors !== '') remarks.push(server.errors.trim());
    if (descriptors.after > descriptors.before + kept) remarks.push('descriptors are left open');
    const { latencies, failures } = client;
    await server.stop();
    const away = /away from its dispatcher was ([0-9.]+) ms/.exec(server.errors)?.[1];
    const awayMilliseconds = away === undefined ? undefined : Number(away);
    const met = { latencies, failures, connected, runs };
    return { model, attack: anAttack.name, ...met, memoryBytes, descriptors, awayMilliseconds, remarks };
  } finally {
    await server.stop();
  }
}
