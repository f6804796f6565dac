/** Guesses what was meant by a misspelt word. */

/** The word with the fewest edits from `written`, if that is at most a third of its length; else undefined. */
export function nearest(written: string, words: readonly string[]): string | undefined {
  let best: string | undefined;
  let fewest = Math.floor(written.length / 3) + 1;
  for (const word of words) {
    const edits = editDistance(written, word);
    if (edits < fewest) {
      fewest = edits;
      best = word;
    }
  }
  return best;
}

/** How many letters must be inserted, removed, replaced or swapped with their neighbour (optimal string alignment). */
export function editDistance(from: string, to: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let row = 1; row <= from.length; row++) {
    const current = [row];
    for (let column = 1; column <= to.length; column++) {
      const differs = from[row - 1] === to[column - 1] ? 0 : 1;
      let edits = Math.min(
        (last[column] as number) + 1,
        (current[column - 1] as number) + 1,
        (last[column - 1] as number) + differs,
      );
      if (row > 1 && column > 1 && from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1]) {
        edits = Math.min(edits, (beforeLast[column - 2] as number) + 1);
      }
      current.push(edits);
    }
    beforeLast = last;
    last = current;
  }
  return last[to.length] as number;
}
