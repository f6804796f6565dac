/** The completion of each shell, asked of the shell itself: what it offers for a line that has been typed so far. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bashCompletion } from '../../../src/config/completion/bash.js';
import { fishCompletion } from '../../../src/config/completion/fish.js';
import { completedFlags } from '../../../src/config/completion/flags.js';
import { zshCompletion } from '../../../src/config/completion/zsh.js';

interface Shell {
  readonly command: string;
  readonly package: string;
  /** The script for it. */
  readonly completion: string;
  /** What it runs to print the candidates for a line, which is $LINE; the script is the file $SCRIPT. */
  readonly program: string;
}

const SHELLS: readonly Shell[] = [
  {
    command: 'bash',
    package: 'bash',
    completion: bashCompletion(completedFlags()),
    // As readline does: '=' is a word of its own.
    program: `
      source "$SCRIPT"
      read -r -a COMP_WORDS <<< "\${LINE//=/ = }"
      if [[ $LINE == *' ' || $LINE == *'=' ]]; then
        if [[ $LINE == *' ' ]]; then COMP_WORDS+=(''); fi
      fi
      COMP_CWORD=$((\${#COMP_WORDS[@]} - 1))
      _amped
      printf '%s\\n' "\${COMPREPLY[@]}"`,
  },
  {
    command: 'zsh',
    package: 'zsh',
    completion: zshCompletion(completedFlags()),
    // In a terminal of its own: the candidates are what it lists when Tab is pressed.
    program: `
      zmodload zsh/zpty
      zpty shell zsh -f -i
      zpty -w shell 'PS1=; stty -echo columns 200; autoload -Uz compinit; compinit -u -D; source "$SCRIPT"'
      zpty -w shell 'offer() { print -r -- "<<<"; compadd() { builtin compadd -A offered "$@" 2> /dev/null; print -r -l -- "$offered[@]"; builtin compadd "$@"; }; _main_complete; print -r -- ">>>"; exit; }'
      zpty -w shell 'zle -C offer complete-word offer; bindkey "^I" offer; print REA""DY'
      zpty -r shell text '*READY*'
      zpty -w -n shell "$LINE"$'\\t'
      while zpty -r shell text; do print -r -- "$text"; done`,
  },
  {
    command: 'fish',
    package: 'fish',
    completion: fishCompletion(completedFlags()),
    program: 'source $SCRIPT; complete -C "$LINE"',
  },
];

let directory: string;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'amped-completion-'));
  mkdirSync(join(directory, 'public'));
  writeFileSync(join(directory, 'mine.json'), '');
});

afterAll(() => rmSync(directory, { recursive: true }));

describe.each(SHELLS)('$command', ({ command, package: debian, completion, program }) => {
  const missing = spawnSync(command, ['-c', 'exit 0']).error !== undefined;

  function offered(line: string): string[] {
    const script = join(directory, `.amped.${command}`);
    writeFileSync(script, completion);
    const { stdout, stderr } = spawnSync(command, ['-c', program], {
      cwd: directory,
      env: { ...process.env, SCRIPT: script, LINE: line, HOME: directory, TERM: 'dumb' },
      encoding: 'utf8',
      timeout: 15_000,
    });
    expect(stderr).toBe('');
    return stdout.split('\n').map((candidate) => (candidate.split('\t')[0] as string).trim());
  }

  it.skipIf(missing).each([
    ['amped --max-h', ['--max-header-bytes', '--max-header-count'], ['--model']],
    ['amped --model ', ['event', 'process', 'thread'], ['--model', 'public']],
    ['amped --dispatcher e', ['epoll'], ['select']],
    ['amped --loops ', ['auto'], ['public']],
    ['amped --port 80 --loops-in t', ['threads'], ['processes']],
    ['amped comp', ['completion'], ['public']],
    ['amped completion ', ['bash', 'zsh', 'fish'], ['public']],
    ['amped load --slow', ['--slow-rate', '--slow-readers'], ['--model']],
    ['amped load http://a --connections 5 --ar', ['--arrivals'], ['--admin']],
  ])('%j', (line, wanted, unwanted) => {
    const candidates = offered(line);
    expect(candidates).toEqual(expect.arrayContaining(wanted));
    for (const one of unwanted) expect(candidates).not.toContain(one);
  });

  it.skipIf(missing)('offers directories for DIR, and files for --config', () => {
    const name = (candidate: string): string => candidate.replace(/\/$/, '');
    expect(offered('amped pub').map(name)).toContain('public');
    expect(offered('amped --port 80 ').map(name)).toContain('public');
    expect(offered('amped --port 80 ')).not.toContain('mine.json');
    expect(offered('amped -c mi').map(name)).toContain('mine.json');
  });

  it('is there', (context) => {
    if (missing) context.skip(`${command} is missing: Debian's package ${debian}`);
  });
});

describe('bash', () => {
  it('completes what follows = too', () => {
    const [bash] = SHELLS as [Shell];
    const script = join(directory, '.amped.bash');
    writeFileSync(script, bash.completion);
    for (const [line, wanted] of [
      ['amped --model=', 'process'],
      ['amped --model=pro', 'process'],
    ] as const) {
      const { stdout } = spawnSync('bash', ['-c', bash.program], {
        env: { ...process.env, SCRIPT: script, LINE: line },
        encoding: 'utf8',
      });
      expect(stdout.split('\n')).toContain(wanted);
    }
  });
});
