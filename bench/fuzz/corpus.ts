/**
 * The corpus: requests good and bad, written down in corpus/*.http, that mutation begins with.
 *
 * An entry is some lines without an empty one between them; a line that begins with '#' is a remark. The lines are joined
 * as they stand: line ends of the protocol are written \r\n. Escapes are \r \n \t \0 \\ \xNN, and \{N TEXT} for N times TEXT.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PROJECT } from '../peers/project.js';

const FOLDER = join(PROJECT, 'bench/fuzz/corpus');
const SIMPLE: Readonly<Record<string, string>> = { r: '\r', n: '\n', t: '\t', '0': '\0', '\\': '\\' };

/** Every entry, as Latin-1 text. */
export function readCorpus(): string[] {
  return readdirSync(FOLDER)
    .filter((name) => name.endsWith('.http'))
    .sort()
    .flatMap((name) => entriesOf(readFileSync(join(FOLDER, name), 'utf8')));
}

export function entriesOf(text: string): string[] {
  return text
    .split(/\n{2,}/)
    .map((block) => block.split('\n').filter((line) => !line.startsWith('#')))
    .map((lines) => unescaped(lines.join('')))
    .filter((entry) => entry !== '');
}

function unescaped(text: string): string {
  return text.replace(/\\(x([0-9a-f]{2})|\{([0-9]+) ([^}]*)\}|.)/gi, (all, letter, digits, times, repeated) => {
    if (digits !== undefined) return String.fromCharCode(Number.parseInt(digits, 16));
    if (times !== undefined) return unescaped(repeated).repeat(Number(times));
    const simple = SIMPLE[letter];
    if (simple === undefined) throw new Error(`The corpus has an escape that is none: ${all}`);
    return simple;
  });
}
