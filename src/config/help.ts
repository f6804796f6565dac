/** The help text, made from the table of options. */
import { OTHER_FLAGS } from './command-line.js';
import type { Option } from './option.js';
import { OPTION_NAMES, OPTIONS } from './options.js';

const WIDTH = 31;

/** What `amped --help` prints: plain text, one option a line. */
export function helpText(): string {
  const lines = OPTION_NAMES.filter((name) => name !== 'root').map((name) => {
    const { flag, short, kind, initial, description, environment }: Option<unknown> = OPTIONS[name];
    const written = kind.placeholder === '' ? '' : kind.write(initial);
    const initially = [written, ...(environment === undefined ? [] : [`or $${environment}`])].filter(Boolean).join(' ');
    return line(flag, short, kind.placeholder, initially === '' ? description : `${description} (${initially})`);
  });
  const others = Object.entries(OTHER_FLAGS).map(([flag, { short, placeholder, description }]) =>
    line(flag, short, placeholder, description),
  );
  return [
    'Usage: amped [DIR | APP] [OPTIONS]',
    '',
    'Serves the files of DIR (the current directory) over HTTP, or the application in the module APP (such as app.js).',
    '',
    'Options, with their defaults in parentheses:',
    ...lines,
    ...others,
    '',
    'BYTES is a number of bytes: 65536, 64KiB, 1MiB. TIME has its unit: 500ms, 20s, 5min.',
    'One SIGTERM or SIGINT (Ctrl+C) lets requests under way finish; a second one stops at once.',
    '',
  ].join('\n');
}

function line(flag: string, short: string | undefined, placeholder: string, description: string): string {
  const names = `${short === undefined ? '    ' : `-${short}, `}--${flag} ${placeholder}`;
  return `  ${names.padEnd(WIDTH)}  ${description}`;
}
