/** The manual page amped(1), made from the table of options, in the language of man(7). */
import { OTHER_FLAGS, type OtherFlag } from './command-line.js';
import { initiallyOf } from './help.js';
import type { Option } from './option.js';
import { GROUPS, OPTION_NAMES, OPTIONS, type OptionName } from './options.js';

/** The page of this version of Amped. */
export function manualPage(version: string): string {
  return [
    '.\\" Made by: npm run generate',
    `.TH AMPED 1 "" "Amped ${version}" "User Commands"`,
    section('NAME'),
    'amped \\- a web server for Linux whose concurrency architecture is a setting',
    section('SYNOPSIS'),
    '.B amped',
    '.RI [ DIR ]',
    '.RI [ OPTIONS ]',
    '.br',
    '.B amped compare',
    '.RI [ DIR ]',
    '.RI [ OPTIONS ]',
    '.br',
    '.B amped load',
    '.I URL',
    '.RI [ OPTIONS ]',
    '.br',
    '.B amped show',
    '.RI [ OPTIONS ]',
    '.br',
    '.B amped top',
    '.RI [ ADMIN-URL ]',
    '.br',
    '.B amped hash\\-password',
    '.I NAME',
    '.br',
    '.B amped completion',
    '.BR bash | zsh | fish',
    section('DESCRIPTION'),
    '.B amped',
    'serves the files of the directory',
    '.I DIR',
    '(the current directory) over HTTP/1.1, at 127.0.0.1 unless told otherwise.',
    'Nothing outside of the directory is served, wherever symbolic links lead.',
    paragraph('Who serves is a setting: one event loop or several, many threads, or many processes.'),
    paragraph('A directory that is called as a command is, such as completion, is served as ./completion.'),
    section('OPTIONS'),
    'The command line wins over the environment, the environment over the configuration file, and the file over the',
    'defaults, which are in parentheses.',
    'BYTES is a number of bytes: 65536, 64KiB, 1MiB.',
    'TIME has its unit: 500ms, 20s, 5min.',
    ...GROUPS.flatMap(({ heading, names }) => [`.SS ${escaped(heading)}`, ...names.map(ofOption)]),
    '.SS This command',
    ...Object.entries(OTHER_FLAGS).map(([flag, { short, placeholder, description }]: [string, OtherFlag]) =>
      entry(flag, short, placeholder, description),
    ),
    section('SIGNALS'),
    tagged(
      'SIGTERM, SIGINT',
      'Requests under way finish, for as long as \\-\\-drain\\-timeout says; a second one ends at once.',
    ),
    tagged(
      'SIGHUP',
      'The configuration is read again and every worker replaced, and no request is lost. A configuration that is not good ' +
        'changes nothing. Neither does one that changes an option of those that cannot change while the server runs: ' +
        `${OPTION_NAMES.filter(isFixed).map(longName).map(escaped).join(', ')}.`,
    ),
    tagged('SIGUSR1', 'The files of both logs are opened anew, for one who has renamed them.'),
    section('FILES'),
    tagged(
      'amped.json',
      'The configuration, in the current directory or where \\-\\-config says. Its keys are the options, written as ' +
        '"headerTimeout" for \\-\\-header\\-timeout; "root" is the directory that is served, relative to the file. ' +
        'amped.schema.json, which comes with the package, is its JSON Schema.',
    ),
    tagged(
      'serve.json',
      'The configuration of the package serve, in the directory that is served: read where there is no amped.json.',
    ),
    section('ENVIRONMENT'),
    ...OPTION_NAMES.flatMap(ofVariable),
    tagged('NO_COLOR', 'No colours on the terminal.'),
    section('EXIT STATUS'),
    tagged('0', 'The server has ended because it was told to.'),
    tagged('1', 'Something was wrong; a sentence on standard error says what.'),
    tagged('130, 143', 'A second SIGINT or SIGTERM has ended it.'),
    section('EXAMPLES'),
    example('The current directory, at http://127.0.0.1:3000/', 'amped'),
    example('A directory, open to the network', 'amped public \\-\\-host 0.0.0.0 \\-\\-port 8080'),
    example('An event loop for each processor', 'amped public \\-\\-loops auto'),
    example('Sixteen processes', 'amped public \\-\\-model process \\-\\-workers 16'),
    example('What a server with \\-\\-admin does, live', 'amped top'),
    example('Completion in this bash', 'source <(amped completion bash)'),
    section('SEE ALSO'),
    '.BR epoll (7),',
    '.BR io_uring (7),',
    '.BR nginx (8)',
    '',
  ].join('\n');
}

function isFixed(name: OptionName): boolean {
  return OPTIONS[name].fixed === true;
}

function longName(name: OptionName): string {
  return `--${OPTIONS[name].flag}`;
}

function ofOption(name: OptionName): string {
  const row: Option<unknown> = OPTIONS[name];
  const initially = name === 'root' ? '' : initiallyOf(row);
  const description = initially === '' ? row.description : `${row.description} (${initially})`;
  return name === 'root'
    ? tagged('DIR', sentence(description))
    : entry(row.flag, row.short, row.kind.placeholder, description);
}

function entry(flag: string, short: string | undefined, placeholder: string, description: string): string {
  const names = [...(short === undefined ? [] : [`\\-${short}`]), escaped(`--${flag}`)].map(
    (name) => `\\fB${name}\\fR`,
  );
  const value = placeholder === '' ? '' : ` \\fI${escaped(placeholder)}\\fR`;
  return `.TP\n${names.join(', ')}${value}\n${sentence(description)}`;
}

function ofVariable(name: OptionName): string[] {
  const { environment, flag, description }: Option<unknown> = OPTIONS[name];
  if (environment === undefined) return [];
  return [tagged(environment, `${sentence(description)} As \\-\\-${flag}, which wins over it.`)];
}

function section(heading: string): string {
  return `.SH ${heading}`;
}

function paragraph(text: string): string {
  return `.PP\n${text}`;
}

/** A word, and indented behind it what there is to say about it, in the language of the page. */
function tagged(tag: string, text: string): string {
  return `.TP\n.B ${tag}\n${text}`;
}

function example(what: string, command: string): string {
  return `.TP\n${what}:\n.B ${command}`;
}

function sentence(description: string): string {
  const text = escaped(description);
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

/** A text as it stands in the page: no character of it means anything. */
function escaped(text: string): string {
  return text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replace(/^([.'])/, '\\&$1');
}
