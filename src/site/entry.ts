/**
 * What is known of one file: its validators, and the answers about it that are ready to be sent.
 */
import { FileStatus } from '../disk/disk.js';
import type { Validators } from '../http/conditional.js';
import { formatDate } from '../http/http-date.js';
import type { CodedRepresentations } from './coded-representations.js';
import { type Description, plainDescription } from './description.js';
import { VARIANTS, type Variant } from './head-writer.js';
import type { HeldAnswer } from './held-answer.js';
import type { OpenFile } from './open-file.js';

/** The kinds of answers that an entry keeps, each in every variant. */
export const WHOLE = 0;
export const HEAD_ONLY = VARIANTS;
export const NOT_CHANGED = 2 * VARIANTS;
/** The answers for one audience. */
const SLOTS = 3 * VARIANTS;
export type Kind = typeof WHOLE | typeof HEAD_ONLY | typeof NOT_CHANGED;

/** Where an entry has the answer of this kind in this variant. */
export function slotOf(kind: Kind, variant: Variant): number {
  if (variant < VARIANTS) return kind + variant;
  return Math.floor(variant / VARIANTS) * SLOTS + kind + (variant % VARIANTS);
}

/** Beyond this HTTP dates end: 31 Dec 9999 23:59:59. */
const LAST_SECOND = 253_402_300_799;
/** A change within so many seconds of another may leave the time stamps as they are. */
const CLOCK_SECONDS = 1;

export class Entry implements Validators {
  /** The name of the file beneath the root; of a coded representation another one: see representations.ts. */
  readonly name: string;
  readonly status = new FileStatus();
  readonly description: Description;
  readonly entityTag: string;
  /** Bytes of its contents. */
  readonly size: number;
  /** What is known of the same file in content codings; null: it is sent in none. */
  readonly coded: CodedRepresentations | null;
  /** Of a coded representation: the plain one. */
  readonly plain: Entry | null;
  /** Infinity where there is no usable date: such a file counts as modified since any date. */
  readonly lastModified: number;
  /** Last-Modified, or '' where there is none: before the year 1, or in the future (RFC 9110 8.8.2.1). */
  readonly lastModifiedText: string;
  /** Whether a later change must show in the time stamps; if not, the file is read again when it is looked at next. */
  readonly settled: boolean;
  /** The second in which it was last found to be current; -1: it must be looked at before it is used. */
  checked = -1;
  /** Whether the cache has it. */
  cached = false;
  /** An answer whose block has the contents; null for a large file. */
  body: HeldAnswer | null = null;
  /** The open file; null for one whose contents are in memory. */
  readonly file: OpenFile | null;
  readonly answers: (HeldAnswer | null)[] = new Array<HeldAnswer | null>(SLOTS).fill(null);
  /** Neighbours in the cache's order of use. */
  newer: Entry | null = null;
  older: Entry | null = null;
  #retired = false;

  constructor(
    name: string,
    status: FileStatus,
    file: OpenFile | null,
    second: number,
    description: Description = plainDescription(name),
  ) {
    this.name = name;
    this.status.copyFrom(status);
    this.file = file;
    this.description = description;
    this.size = description.size ?? status.size;
    this.coded = description.coded;
    this.plain = description.plain;
    this.entityTag = `"${tagOf(status)}${description.tag}"`;
    const usable = status.modifiedSeconds <= second && status.modifiedSeconds <= LAST_SECOND;
    this.lastModifiedText = usable ? dateText(status.modifiedSeconds) : '';
    this.lastModified = this.lastModifiedText === '' ? Number.POSITIVE_INFINITY : status.modifiedSeconds;
    this.settled = status.changedSeconds + CLOCK_SECONDS < second;
  }

  /** Whether a send may be reading one of its answers. */
  get held(): boolean {
    for (const answer of this.answers) if (answer?.held) return true;
    return false;
  }

  /** Nothing of it is given out before it has been looked at again. */
  doubt(): void {
    this.checked = -1;
    for (const answer of this.answers) if (answer !== null) answer.second = -1;
    this.coded?.doubt();
  }

  /** Puts an answer in the place of the one that was there. */
  put(slot: number, answer: HeldAnswer): void {
    while (this.answers.length <= slot) this.answers.push(null);
    const former = this.answers[slot]!;
    this.answers[slot] = answer;
    answer.kept = true;
    if (former !== null && this.body === former) this.body = answer;
    former?.retire();
  }

  /** It will not be used again: memory and file are given back as soon as nobody holds them. */
  retire(): void {
    if (this.#retired) return;
    this.#retired = true;
    this.checked = -1;
    this.body = null;
    for (let slot = 0; slot < this.answers.length; slot++) {
      this.answers[slot]?.retire();
      this.answers[slot] = null;
    }
    this.file?.drop();
  }
}

/**
 * What is in a strong entity tag (RFC 9110 8.8.3): size, inode, modification time, and, where it differs, time of the last change of
 * any kind, in nanoseconds. The latter no program can set: contents that differ have different tags also where a build
 * gives every file the same size and modification time. The inode tells apart two files that were put in each other's
 * place within one tick of the file system's clock. Two replicas of a site have different tags for it, which costs a
 * transfer, not correctness.
 */
function tagOf(status: FileStatus): string {
  const modified = stamp(status.modifiedSeconds, status.modifiedNanoseconds);
  const changed = stamp(status.changedSeconds, status.changedNanoseconds);
  const file = `${status.size.toString(36)}-${status.inode.toString(36)}-${modified}`;
  return modified === changed ? file : `${file}-${changed}`;
}

function stamp(seconds: number, nanoseconds: number): string {
  return seconds.toString(36) + nanoseconds.toString(36).padStart(6, '0');
}

function dateText(second: number): string {
  try {
    return formatDate(second);
  } catch {
    return '';
  }
}
