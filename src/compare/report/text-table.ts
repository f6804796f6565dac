/** Tables of text: aligned for a terminal, or Markdown. */

/** The first column to the left, the others to the right, two spaces between them. */
export function alignedTable(headings: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const widths = widthsOf(headings, rows);
  return [headings, ...rows].map((cells) =>
    cells
      .map((cell, column) => padded(cell, column, widths))
      .join('  ')
      .trimEnd(),
  );
}

export function markdownTable(headings: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const escaped = rows.map((row) => row.map((cell) => cell.replaceAll('|', '\\|')));
  const widths = widthsOf(headings, escaped);
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => padded(cell, column, widths)).join(' | ')} |`;
  const rule = widths.map((width, column) => (column === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`));
  return [line(headings), line(rule), ...escaped.map(line)];
}

function widthsOf(headings: readonly string[], rows: readonly (readonly string[])[]): number[] {
  return headings.map((heading, column) =>
    Math.max(3, heading.length, ...rows.map((row) => (row[column] as string).length)),
  );
}

function padded(cell: string, column: number, widths: readonly number[]): string {
  const width = widths[column] as number;
  return column === 0 ? cell.padEnd(width) : cell.padStart(width);
}

/** Text in lines of at most `width` characters, broken between words. */
export function wrapped(text: string, width: number, indent = ''): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && indent.length + line.length + 1 + word.length > width) {
      lines.push(indent + line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return line === '' ? lines : [...lines, indent + line];
}
