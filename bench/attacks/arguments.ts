/** The command line of the attacks. */
import { parseArgs } from 'node:util';
import { isModelName, MODELS, type ModelName } from './amped.js';
import { ATTACKS, type Attack } from './slowhttptest.js';

export interface Arguments {
  readonly seconds: number;
  readonly connections: number;
  readonly models: readonly ModelName[];
  readonly attacks: readonly Attack[];
  /** Requests a second of the normal client. */
  readonly rate: number;
  readonly workers: number;
  readonly help: boolean;
}

export const USAGE = `Usage: npm run attack -- [options]

Attacks a server of its own on 127.0.0.1 with slowhttptest, while a normal client asks for 1 KiB at a steady pace.

  --seconds N       how long each attack lasts (default 150: ten minutes of attacks in all)
  --connections N   of the attacker (default 2000)
  --model A,B       ${Object.keys(MODELS).join(', ')} (default event)
  --attack A,B      ${ATTACKS.map(({ name }) => name).join(', ')} (default all)
  --rate N          requests a second of the normal client, each on a connection of its own (default 50)
  --workers N       of the models thread and process (default 64)
`;

/** Reads the command line; throws an Error whose message is for the user. */
export function readArguments(words: readonly string[]): Arguments {
  const { values } = parseArgs({
    args: [...words],
    options: {
      seconds: { type: 'string', default: '150' },
      connections: { type: 'string', default: '2000' },
      model: { type: 'string', default: 'event' },
      attack: { type: 'string', default: ATTACKS.map(({ name }) => name).join(',') },
      rate: { type: 'string', default: '50' },
      workers: { type: 'string', default: '64' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  const models = values.model.split(',');
  if (!models.every(isModelName)) {
    throw new Error(`--model takes ${Object.keys(MODELS).join(', ')}, not ${values.model}.`);
  }
  const attacks = values.attack.split(',').map((name) => ATTACKS.find((attack) => attack.name === name));
  if (!attacks.every((attack) => attack !== undefined)) {
    throw new Error(`--attack takes ${ATTACKS.map(({ name }) => name).join(', ')}, not ${values.attack}.`);
  }
  return {
    seconds: wholeNumber('--seconds', values.seconds),
    connections: wholeNumber('--connections', values.connections),
    ...{ models, attacks },
    rate: wholeNumber('--rate', values.rate),
    workers: wholeNumber('--workers', values.workers),
    help: values.help,
  };
}

function wholeNumber(option: string, text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new Error(`${option} must be a whole number from 1, not ${text}.`);
  return value;
}
