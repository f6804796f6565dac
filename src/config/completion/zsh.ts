/** The completion of the command in zsh. */
import { type CompletedFlag, quoted, SUBCOMMAND_WORDS } from './flags.js';

/** What zsh reads, from a file _amped in its fpath or by `source <(amped completion zsh)`. */
export function zshCompletion(flags: readonly CompletedFlag[]): string {
  const subcommands = Object.entries(SUBCOMMAND_WORDS).map(
    ([name, words]) =>
      `  if [[ \${words[2]} == ${name} ]] && ((CURRENT >= 3)); then\n    compadd -- ${words.join(' ')}\n    return\n  fi`,
  );
  return `#compdef amped
# Completes the command amped in zsh. Made by: amped completion zsh
_amped() {
${subcommands.join('\n')}
  if ((CURRENT == 2)) && [[ \${words[2]} != -* ]]; then compadd -- ${Object.keys(SUBCOMMAND_WORDS).join(' ')}; fi
  _arguments -s \\
${flags.flatMap(specsOf).join(' \\\n')} \\
    '1:directory:_files -/'
}
if [[ \${funcstack[1]} == _amped ]]; then _amped "$@"; else compdef _amped amped; fi
`;
}

/** One for each spelling of a flag. */
function specsOf({ flag, short, placeholder, description, value, several }: CompletedFlag): string[] {
  const text = `[${description.replace(/[[\]\\:]/g, '\\$&')}]`;
  const long = `--${flag}`;
  const other = short === undefined ? [] : [`-${short}`];
  const exclude = several ? '*' : `(${[...other, long].join(' ')})`;
  const action = value === 'none' ? '' : `:${placeholder.replace(/[[\]\\:]/g, '\\$&')}:${actionOf(value)}`;
  const equals = value === 'none' ? '' : '=';
  return [
    ...other.map((name) => quoted(`${exclude}${name}${equals === '' ? '' : '+'}${text}${action}`)),
    quoted(`${exclude}${long}${equals}${text}${action}`),
  ].map((spec) => `    ${spec}`);
}

function actionOf(value: CompletedFlag['value']): string {
  if (value === 'file') return '_files';
  if (value === 'directory') return '_files -/';
  return value === 'any' || value === 'none' ? ' ' : `(${value.join(' ')})`;
}
