/** A case that failed, as a file: its bytes and its pieces are in it, so that it can be sent again by itself. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FuzzCase } from './models.js';

const FOLDER = join(tmpdir(), 'amped-fuzz');

export interface Failure {
  readonly what: string;
  readonly model: string;
  readonly seed: number;
  /** Of the cases of this seed, counted from 0. */
  readonly index: number;
  readonly case: FuzzCase;
}

/** Writes it; gives the name of the file. */
export function writeFailure(failure: Failure): string {
  mkdirSync(FOLDER, { recursive: true });
  const file = join(FOLDER, `${failure.model}-${failure.seed}-${failure.index}.json`);
  const { text, ...rest } = failure.case;
  const written = {
    ...failure,
    case: { ...rest, text: JSON.stringify(text), base64: Buffer.from(text, 'latin1').toString('base64') },
  };
  writeFileSync(file, `${JSON.stringify(written, undefined, 2)}\n`);
  return file;
}

export function readFailure(file: string): Failure {
  const written = JSON.parse(readFileSync(file, 'utf8'));
  const { base64, ...rest } = written.case;
  return { ...written, case: { ...rest, text: Buffer.from(base64, 'base64').toString('latin1') } };
}
