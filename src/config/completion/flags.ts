/** What shells complete: the flags of the command, what may follow each, and the words of the first argument. */
import { OTHER_FLAGS, type OtherFlag } from '../command-line.js';
import { COMPARE_FLAGS } from '../compare-flags.js';
import { LOAD_FLAGS } from '../load-flags.js';
import type { Option } from '../option.js';
import { OPTION_NAMES, OPTIONS } from '../options.js';

/** What follows a flag: nothing, a word of these, the path of a file or a directory, or what no shell can know. */
export type Value = 'none' | 'file' | 'directory' | 'any' | readonly string[];

export interface CompletedFlag {
  /** The long name, without its dashes. */
  readonly flag: string;
  readonly short: string | undefined;
  readonly placeholder: string;
  readonly description: string;
  readonly value: Value;
  /** It may be given more than once. */
  readonly several: boolean;
}

/** Of what asks for something else than serving: what may follow it. */
export const SUBCOMMAND_WORDS: Readonly<Record<string, readonly string[]>> = {
  compare: Object.keys(COMPARE_FLAGS).map((flag) => `--${flag}`),
  completion: ['bash', 'zsh', 'fish'],
  'hash-password': [],
  load: Object.keys(LOAD_FLAGS).map((flag) => `--${flag}`),
  show: [...['--model', '--dispatcher', '--disk', '--loops', '--workers', '--requests', '--disk-latency', '--help']],
  top: ['--plain', '--interval', '--count', '--help'],
};

export function completedFlags(): readonly CompletedFlag[] {
  const options = OPTION_NAMES.filter((name) => name !== 'root').map((name): CompletedFlag => {
    const { flag, short, kind, description }: Option<unknown> = OPTIONS[name];
    const { placeholder, path, words } = kind;
    const value = placeholder === '' ? 'none' : (path ?? words ?? 'any');
    return { flag, short, placeholder, description, value, several: kind.item !== undefined };
  });
  const others = Object.entries(OTHER_FLAGS).map(([flag, other]: [string, OtherFlag]): CompletedFlag => {
    const { short, placeholder, description, path } = other;
    return {
      flag,
      short,
      placeholder,
      description,
      value: placeholder === '' ? 'none' : (path ?? 'any'),
      several: false,
    };
  });
  return [...options, ...others];
}

/** A text in single quotes, as bash and zsh read it. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
