/** Numbers as strips of characters: a line of the last ones, or a bar; and lines cut to the width of a terminal. */

/** From nothing to all, as terminals draw them; the second where only ASCII is to be had. */
const LEVELS = { blocks: ' ▁▂▃▄▅▆▇█', ascii: ' .:-=+*#@' } as const;

export type Levels = keyof typeof LEVELS;

/** Which of them this environment can show. */
export function levelsFor({ LC_ALL, LC_CTYPE, LANG }: NodeJS.ProcessEnv): Levels {
  return /utf-?8/i.test(LC_ALL || LC_CTYPE || LANG || '') ? 'blocks' : 'ascii';
}

/** The last numbers that there is room for, each as high as it is to the highest of them. */
export function sparkline(numbers: readonly (number | undefined)[], columns: number, levels: Levels): string {
  const shown = columns <= 0 ? [] : numbers.slice(-columns);
  const most = Math.max(0, ...shown.map((number) => number ?? 0));
  const steps = LEVELS[levels];
  const marks = shown.map((number) => {
    if (number === undefined || most === 0) return steps[0];
    // What is not nothing is seen.
    return number === 0 ? steps[0] : steps[Math.max(1, Math.round((number / most) * (steps.length - 1)))];
  });
  return marks.join('').padStart(Math.max(0, columns));
}

/** Parts of a whole beside each other, of 1 each: how many characters of so many columns each has. */
export function barParts(parts: readonly number[], columns: number): number[] {
  let used = 0;
  let upTo = 0;
  return parts.map((part) => {
    upTo = Math.min(1, upTo + Math.max(0, part));
    const characters = Math.round(upTo * columns) - used;
    used += characters;
    return characters;
  });
}

/** A line of at most so many columns; colours take none. */
export function clipped(line: string, columns: number): string {
  let room = columns;
  let cut = '';
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colours begin with one.
  for (const [piece] of line.matchAll(/\x1b\[[0-9;]*m|./gu)) {
    if (piece.startsWith('\x1b')) cut += piece;
    else if (room > 0) {
      cut += piece;
      room--;
    }
  }
  return cut;
}
