/** The completion of the command in fish. */
import { type CompletedFlag, SUBCOMMAND_WORDS } from './flags.js';

/** What fish reads: `amped completion fish | source`, or ~/.config/fish/completions/amped.fish. */
export function fishCompletion(flags: readonly CompletedFlag[]): string {
  const subcommands = Object.entries(SUBCOMMAND_WORDS).flatMap(([name, words]) => [
    `complete -c amped -n __fish_is_first_token -f -a ${name}`,
    `complete -c amped -n "__fish_seen_subcommand_from ${name}" -f -a ${fishQuoted(words.join(' '))}`,
    // A word with dashes is offered only as what it is.
    ...words
      .filter((word) => word.startsWith('--'))
      .map((word) => `complete -c amped -n "__fish_seen_subcommand_from ${name}" -l ${word.slice(2)}`),
  ]);
  return [
    '# Completes the command amped in fish. Made by: amped completion fish',
    `complete -c amped -n "not __fish_seen_subcommand_from ${Object.keys(SUBCOMMAND_WORDS).join(' ')}" -f -a "(__fish_complete_directories)"`,
    ...subcommands,
    ...flags.map(lineOf),
    '',
  ].join('\n');
}

function lineOf({ flag, short, description, value }: CompletedFlag): string {
  const names = [...(short === undefined ? [] : [`-s ${short}`]), `-l ${flag}`].join(' ');
  return `complete -c amped ${names}${argumentsFor(value)} -d ${fishQuoted(description)}`;
}

function argumentsFor(value: CompletedFlag['value']): string {
  if (value === 'none') return '';
  if (value === 'file') return ' -r -F';
  if (value === 'directory') return ' -x -a "(__fish_complete_directories)"';
  return value === 'any' ? ' -x' : ` -x -a ${fishQuoted(value.join(' '))}`;
}

/** A text in single quotes, as fish reads it. */
function fishQuoted(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&')}'`;
}
