/** The completion of the command in bash. */
import { type CompletedFlag, quoted, SUBCOMMAND_WORDS } from './flags.js';

/** What bash reads: `source <(amped completion bash)`. */
export function bashCompletion(flags: readonly CompletedFlag[]): string {
  const names = flags.flatMap(({ flag, short }) => [...(short === undefined ? [] : [`-${short}`]), `--${flag}`]);
  const subcommands = Object.entries(SUBCOMMAND_WORDS).map(
    ([name, words]) =>
      `  if [[ \${words[1]} == ${name} && $cword -ge 2 ]]; then\n    COMPREPLY=($(compgen -W ${quoted(words.join(' '))} -- "$current"))\n    return\n  fi`,
  );
  return `# Completes the command amped in bash. Made by: amped completion bash
_amped() {
  # Bash takes --port=80 for three words.
  local words=() cword=0 index
  for ((index = 0; index < \${#COMP_WORDS[@]}; index++)); do
    if [[ \${COMP_WORDS[index]} == '=' ]]; then continue; fi
    words+=("\${COMP_WORDS[index]}")
    if ((index <= COMP_CWORD)); then cword=$((\${#words[@]} - 1)); fi
  done
  local current=\${words[cword]} previous=\${words[cword - 1]}
  if [[ \${COMP_WORDS[COMP_CWORD]} == '=' ]]; then
    previous=$current
    current=
  fi
  COMPREPLY=()
${subcommands.join('\n')}
  case $previous in
${flags.map(caseOf).join('\n')}
  esac
  if [[ $current == -* ]]; then
    COMPREPLY=($(compgen -W ${quoted(names.join(' '))} -- "$current"))
    return
  fi
  if ((cword == 1)); then COMPREPLY=($(compgen -W ${quoted(Object.keys(SUBCOMMAND_WORDS).join(' '))} -- "$current")); fi
  compopt -o filenames 2> /dev/null
  local IFS=$'\\n'
  COMPREPLY+=($(compgen -d -- "$current"))
}
complete -F _amped amped
`;
}

function caseOf({ flag, short, value }: CompletedFlag): string {
  const names = short === undefined ? `--${flag}` : `--${flag} | -${short}`;
  if (value === 'none') return `    ${names}) ;;`;
  return `    ${names})
      ${reply(value)}
      return
      ;;`;
}

function reply(value: CompletedFlag['value']): string {
  if (value === 'any' || value === 'none') return ':';
  if (value === 'file' || value === 'directory') {
    const action = value === 'file' ? '-f' : '-d';
    return `compopt -o filenames 2> /dev/null\n      local IFS=$'\\n'\n      COMPREPLY=($(compgen ${action} -- "$current"))`;
  }
  return `COMPREPLY=($(compgen -W ${quoted(value.join(' '))} -- "$current"))`;
}
