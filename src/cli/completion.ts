/** `amped completion SHELL`: prints what lets a shell complete the command, made from the table of options. */
import { bashCompletion } from '../config/completion/bash.js';
import { fishCompletion } from '../config/completion/fish.js';
import { completedFlags } from '../config/completion/flags.js';
import { zshCompletion } from '../config/completion/zsh.js';
import { OptionError } from '../config/option-error.js';

const SHELLS = { bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion } as const;

export function run(parameters: readonly string[]): number {
  const [shell = '', ...others] = parameters;
  if (!Object.hasOwn(SHELLS, shell) || others.length > 0) {
    const names = Object.keys(SHELLS).join(', ');
    throw new OptionError(
      `amped completion needs the name of a shell, one of ${names}; a directory of that name is ./completion.`,
    );
  }
  process.stdout.write(SHELLS[shell as keyof typeof SHELLS](completedFlags()));
  return 0;
}
