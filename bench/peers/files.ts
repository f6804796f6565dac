/**
 * The files that are served: text that compresses no better than prose, different in every file, in a temporary
 * folder that others may read (servers that start as root read it as somebody else).
 */
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { onceAtEnd } from '../../src/compare/measurement/clean-up.js';

export const KIBIBYTE = 1024;
export const MEBIBYTE = 1024 * KIBIBYTE;

export interface Folder {
  readonly path: string;
  /** Removes it and all in it. */
  remove(): void;
}

export function temporaryFolder(): Folder {
  const path = mkdtempSync(join(tmpdir(), `amped-bench-${process.pid}-`));
  chmodSync(path, 0o755);
  return { path, remove: onceAtEnd(() => rmSync(path, { recursive: true, force: true })) };
}

/** Writes `name` beneath the folder, `size` bytes of text that `name` decides. */
export function writeText(folder: string, name: string, size: number): void {
  const line = Buffer.from(`${name} ${'the quick brown fox jumps over the lazy dog; '.repeat(2)}\n`);
  writeFileSync(join(folder, name), Buffer.alloc(size, line));
}

/** Writes folders `0`, `1`, ... with files `0.txt`, `1.txt`, ... in each; a signal is heard after each folder. */
export async function writeTree(folder: string, folders: number, filesInEach: number, size: number): Promise<void> {
  for (let outer = 0; outer < folders; outer++) {
    mkdirSync(join(folder, String(outer)));
    for (let inner = 0; inner < filesInEach; inner++) writeText(folder, `${outer}/${inner}.txt`, size);
    await nextTurn();
  }
}
