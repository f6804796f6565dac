/** The help text, made from the table of options. */
import { OTHER_FLAGS, type OtherFlag } from './command-line.js';
import type { Option } from './option.js';
import { GROUPS, OPTIONS, type OptionName } from './options.js';

/** Columns of the whole, and of the names of the options. */
const WIDTH = 100;
const NAMES_WIDTH = 33;
const GAP = '  ';

/** What `amped --help` prints: plain text, the options by subject. */
export function helpText(): string {
  const groups = GROUPS.map(({ heading, names }) => ['', `${heading}:`, ...names.flatMap(linesOf)]);
  const others = Object.entries(OTHER_FLAGS).flatMap(
    ([flag, { short, placeholder, description }]: [string, OtherFlag]) => lines(flag, short, placeholder, description),
  );
  return [
    'Usage: amped [DIR | APP] [OPTIONS]',
    '       amped compare [DIR] [OPTIONS]',
    '       amped completion bash|zsh|fish',
    '       amped hash-password NAME',
    '       amped load URL [OPTIONS]',
    '       amped show [OPTIONS]',
    '       amped top [ADMIN-URL]',
    '',
    'Serves the files of DIR (the current directory) over HTTP, or the application in the module APP',
    '(such as app.js). Defaults are in parentheses.',
    'compare measures which architecture serves DIR best here, and why; amped compare --help says more.',
    'hash-password reads a password from standard input and prints a line for the file of --auth-file.',
    'load asks a server over and over and says how fast it answers; amped load --help tells more.',
    'show draws a few requests in each architecture: who ran, who waited; amped show --help says more.',
    'top shows live what a server with --admin does.',
    ...groups.flat(),
    '',
    'This command:',
    ...others,
    '',
    'BYTES is a number of bytes: 65536, 64KiB, 1MiB; RATE is so many a second.',
    'TIME has its unit: 500ms, 20s, 5min.',
    'Each option can stand in amped.json too: --header-timeout 20s as "headerTimeout": "20s".',
    'One SIGTERM or SIGINT (Ctrl+C) lets requests under way finish; a second one stops at once.',
    'SIGHUP reads the configuration again.',
    '',
  ].join('\n');
}

/** The default of an option in words, and the variable that is read for it; '' where there is nothing to say. */
export function initiallyOf({ kind, initial, environment }: Option<unknown>): string {
  const written = kind.placeholder === '' ? '' : kind.write(initial);
  return [written, ...(environment === undefined ? [] : [`or $${environment}`])].filter(Boolean).join(' ');
}

function linesOf(name: OptionName): string[] {
  // The operand is in the first line.
  if (name === 'root') return [];
  const row: Option<unknown> = OPTIONS[name];
  const initially = initiallyOf(row);
  const description = initially === '' ? row.description : `${row.description} (${initially})`;
  return lines(row.flag, row.short, row.kind.placeholder, description);
}

/** The lines of one option. */
export function lines(flag: string, short: string | undefined, placeholder: string, description: string): string[] {
  const names = `${GAP}${short === undefined ? '    ' : `-${short}, `}--${flag} ${placeholder}`.trimEnd();
  const [first, ...rest] = wrap(description, WIDTH - NAMES_WIDTH - GAP.length);
  // A name that is too long for its column has the line to itself.
  const begin =
    names.length > NAMES_WIDTH ? [names, indented(first as string)] : [names.padEnd(NAMES_WIDTH) + GAP + first];
  return [...begin, ...rest.map(indented)];
}

function indented(text: string): string {
  return ' '.repeat(NAMES_WIDTH) + GAP + text;
}

/** A text in lines of at most so many columns. */
function wrap(text: string, columns: number): string[] {
  const wrapped = [''];
  for (const word of text.split(' ')) {
    const line = wrapped.at(-1) as string;
    if (line !== '' && line.length + 1 + word.length > columns) wrapped.push(word);
    else wrapped[wrapped.length - 1] = line === '' ? word : `${line} ${word}`;
  }
  return wrapped;
}
