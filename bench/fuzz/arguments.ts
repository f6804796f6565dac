/** The command line of the fuzz. */
import { parseArgs } from 'node:util';
import { isModelName, MODELS, type ModelName } from '../attacks/amped.js';

export interface Arguments {
  readonly requests: number;
  readonly seed: number;
  readonly models: readonly ModelName[];
  readonly connections: number;
  /** A case written earlier, to be run alone. */
  readonly replay?: string;
  readonly help: boolean;
}

export const USAGE = `Usage: npm run fuzz -- [options]

Sends generated and mutated requests to a server of its own on 127.0.0.1, and checks every answer.

  --requests N      how many requests (default 1000000)
  --seed N          the same seed makes the same requests (default: another one each time, printed)
  --model A,B       ${Object.keys(MODELS).join(', ')} (default io_uring)
  --connections N   open at once (default 32)
  --replay FILE     sends the one case in this file, as a failure has left it
`;

/** Reads the command line; throws an Error whose message is for the user. */
export function readArguments(words: readonly string[]): Arguments {
  const { values } = parseArgs({
    args: [...words],
    options: {
      requests: { type: 'string', default: '1000000' },
      seed: { type: 'string' },
      model: { type: 'string', default: 'io_uring' },
      connections: { type: 'string', default: '32' },
      replay: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  const names = values.model.split(',').filter(Boolean);
  const models = names.filter(isModelName);
  if (models.length === 0 || models.length < names.length) {
    throw new Error(`--model takes ${Object.keys(MODELS).join(', ')}, not ${values.model}.`);
  }
  return {
    requests: wholeNumber('--requests', values.requests),
    seed: values.seed === undefined ? Date.now() % 1_000_000_000 : wholeNumber('--seed', values.seed),
    models,
    connections: wholeNumber('--connections', values.connections),
    ...(values.replay !== undefined && { replay: values.replay }),
    help: values.help,
  };
}

function wholeNumber(option: string, text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1)
    throw new Error(`${option} must be a whole number from 1, not ${text}.`);
  return value;
}
