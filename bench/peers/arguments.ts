/** The command line of the bench. */
import { parseArgs } from 'node:util';
import type { Case } from './case.js';
import { CASES } from './cases/all.js';
import type { Peer } from './peer.js';
import { PEERS } from './peers/all.js';
import { floor } from './peers/floor.js';

export interface Arguments {
  readonly seconds: number;
  readonly warmUpSeconds: number;
  readonly repeat: number;
  readonly peers: readonly Peer[];
  readonly cases: readonly Case[];
  /** Where every sample is written to, as JSON. */
  readonly json?: string;
  readonly list: boolean;
  readonly help: boolean;
}

export const USAGE = `Usage: npm run bench:peers -- [options]

Measures static file servers, one at a time, each on one processor, under the load of wrk on another.

  --seconds N     how long each measurement lasts (default 4)
  --warm-up N     seconds of load before it that are not counted (default 1)
  --repeat N      repetitions; the median is printed (default 5)
  --only A,B      only these servers; 'nginx' stands for all whose names begin with 'nginx-'
  --case A,B      only these cases; may be given more than once
  --floor PATH    also measures a least server: a program that takes a port and answers 1 KiB whatever is asked
  --json FILE     writes every sample
  --list          says which servers and cases there are, what is missing and how to install it
`;

/** Reads the command line; throws an Error whose message is for the user. */
export function readArguments(words: readonly string[]): Arguments {
  const { values } = parseArgs({
    args: [...words],
    options: {
      seconds: { type: 'string', default: '4' },
      'warm-up': { type: 'string', default: '1' },
      repeat: { type: 'string', default: '5' },
      only: { type: 'string', multiple: true, default: [] },
      case: { type: 'string', multiple: true, default: [] },
      floor: { type: 'string' },
      json: { type: 'string' },
      list: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  const peers = values.floor === undefined ? PEERS : [...PEERS, floor(values.floor)];
  return {
    seconds: wholeNumber('--seconds', values.seconds, 1),
    warmUpSeconds: wholeNumber('--warm-up', values['warm-up'], 0),
    repeat: wholeNumber('--repeat', values.repeat, 1),
    peers: values.list ? peers : chosen('--only', values.only, peers),
    cases: values.list ? CASES : chosen('--case', values.case, CASES),
    ...(values.json !== undefined && { json: values.json }),
    list: values.list,
    help: values.help,
  };
}

function wholeNumber(option: string, text: string, least: number): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < least) {
    throw new Error(`${option} must be a whole number of at least ${least}, not ${text}.`);
  }
  return value;
}

function chosen<Named extends { readonly name: string; readonly onRequest?: true }>(
  option: string,
  texts: readonly string[],
  all: readonly Named[],
): readonly Named[] {
  const names = texts.flatMap((text) => text.split(',')).filter(Boolean);
  if (names.length === 0) return all.filter(({ onRequest }) => onRequest === undefined);
  const matches = (one: Named, name: string) => one.name === name || one.name.startsWith(`${name}-`);
  const unknown = names.find((name) => !all.some((one) => matches(one, name)));
  if (unknown !== undefined) {
    throw new Error(`${option} knows no ${unknown}; there are ${all.map(({ name }) => name).join(', ')}.`);
  }
  return all.filter((one) => names.some((name) => matches(one, name)));
}
