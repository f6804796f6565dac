/**
 * amped hash-password NAME: reads a password and prints the line for it in the file of `--auth-file`.
 *
 * On a terminal it is asked for twice and not shown; else the first line of standard input is taken. It is never an argument:
 * those can be read by everybody on the computer.
 */
import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { hashPassword } from '../site/password-hash.js';

const USAGE = 'Usage: amped hash-password NAME, with the password on standard input.';
const NAME = /^[^:\p{Cc}]{1,255}$/u;
/** As much as a request can carry. */
const MOST_BYTES = 1_024;

/** Prints the line. Throws an Error whose message is a sentence for the user. */
export async function run(parameters: readonly string[]): Promise<number> {
  process.stdout.write(`${await lineFor(parameters, process.stdin)}\n`);
  // A terminal that was read from would keep the process.
  process.stdin.unref();
  return 0;
}

/** The line for a user. Throws an Error whose message is a sentence for the user. */
export async function lineFor(argv: readonly string[], input: NodeJS.ReadStream): Promise<string> {
  const [name] = argv;
  if (argv.length !== 1 || name === undefined || name.startsWith('-')) throw new Error(USAGE);
  if (!NAME.test(name) || name.startsWith('#')) {
    throw new Error(
      `A name must be 1 to 255 characters without a colon, and not begin with #, not ${JSON.stringify(name)}.`,
    );
  }
  const password = input.isTTY ? await askTwice(input) : await firstLine(input);
  if (password === '') throw new Error('There is no password: nobody could tell it from a missing one.');
  if (/\p{Cc}/u.test(password)) throw new Error('A password must not have control characters: none can be sent.');
  const bytes = Buffer.from(password, 'utf8');
  if (bytes.length > MOST_BYTES)
    throw new Error(`A password must be at most ${MOST_BYTES} bytes, not ${bytes.length}.`);
  return `${name}:${hashPassword(bytes)}`;
}

async function askTwice(input: NodeJS.ReadStream): Promise<string> {
  const password = await ask('Password: ', input);
  if ((await ask('Once more: ', input)) !== password) throw new Error('The two are not the same.');
  return password;
}

/** The question goes to standard error: standard output is the line alone. What is typed goes nowhere. */
async function ask(question: string, input: NodeJS.ReadStream): Promise<string> {
  process.stderr.write(question);
  const nowhere = new Writable({ write: (_piece, _encoding, done) => done() });
  const lines = createInterface({ input, output: nowhere, terminal: true });
  try {
    return await new Promise<string>((resolve, reject) => {
      lines.once('line', resolve);
      lines.once('close', () => reject(new Error('Nothing was typed.')));
      lines.once('SIGINT', () => reject(new Error('Nothing was typed.')));
    });
  } finally {
    lines.close();
    process.stderr.write('\n');
  }
}

async function firstLine(input: NodeJS.ReadStream): Promise<string> {
  for await (const line of createInterface({ input })) return line;
  return '';
}
