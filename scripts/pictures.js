/**
 * Draws what docs/trace.md shows: for each architecture a few requests, from a trace that is recorded here and now, as SVG. Of
 * several runs the shortest is drawn, which others on the machine have disturbed least. Needs a build.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { readShowArguments } from '../dist/cli/show/arguments.js';
import { exhibit } from '../dist/cli/show/exhibit.js';
import { pictureOf } from '../dist/cli/show/picture.js';

const RUNS = 5;
const SERVER = new URL('../dist/cli/show/server.js', import.meta.url);
const FOLDER = new URL('../docs/pictures/', import.meta.url);
const PICTURES = [
  ['process', 'Two processes, each with one request in hand', '--model process'],
  ['thread', 'Two threads, each with one request in hand', '--model thread'],
  ['event-blocking', 'One event loop that reads from the disk itself', '--model event --disk blocking'],
  ['event-helpers', 'One event loop, and helpers that wait for the disk', '--model event --disk helpers'],
  ['event-io_uring', 'One event loop, and the kernel reads', '--model event --disk io_uring'],
  ['loops', 'Two event loops that read from the disk themselves', '--loops 2 --disk blocking'],
];

// Pixels.
const NAMES = 130;
const BAR = 640;
const ROW = 30;
const GAP = 6;
const TOP = 56;
const COLOURS = ['#0072b2', '#d55e00', '#009e73', '#cc79a7'];

function escaped(text) {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}

/** Spans that follow each other and are about the same are one: then the picture is small. */
function joined(spans, least) {
  const all = [];
  for (const span of spans) {
    const last = all.at(-1);
    if (last?.doing === span.doing && last.letter === span.letter && span.from - last.to < least) last.to = span.to;
    else all.push({ ...span });
  }
  return all;
}

function blockOf({ from, to, doing, letter }, x, y) {
  const width = Math.max(1, x(to) - x(from));
  const where = `x="${x(from).toFixed(1)}" y="${y}" width="${width.toFixed(1)}" height="${ROW - GAP}"`;
  if (doing === 'idle') return `<rect ${where} class="idle"/>`;
  const colour = letter === '' ? '#777' : COLOURS[letter.charCodeAt(0) - 65];
  const waits = doing === 'disk' || doing === 'lock';
  const block = `<rect ${where} fill="${colour}"${waits ? ' fill-opacity="0.35"' : ''}/>`;
  if (width < 14 || letter === '') return block;
  const text = waits ? letter.toLowerCase() : letter;
  return `${block}<text x="${(x(from) + width / 2).toFixed(1)}" y="${y + 17}" text-anchor="middle"${waits ? '' : ' fill="#fff"'}>${text}</text>`;
}

function svgOf(title, words, { tracks, requests, milliseconds }) {
  const x = (at) => NAMES + (Math.max(0, Math.min(at, milliseconds)) / milliseconds) * BAR;
  const rows = [];
  let y = TOP;
  const addRow = (name, blocks) => {
    rows.push(`<text x="10" y="${y + 17}">${escaped(name)}</text>`, ...blocks);
    y += ROW;
  };
  const least = milliseconds / BAR;
  for (const { name, spans } of tracks)
    addRow(
      name,
      joined(spans, least).map((span) => blockOf(span, x, y)),
    );
  y += 14;
  for (const { letter, cold, sent, answered } of requests) {
    const spans = tracks
      .flatMap((track) => track.spans)
      .filter((span) => span.letter === letter && span.doing !== 'idle');
    spans.sort((one, other) => one.from - other.from);
    addRow(`${letter}, ${cold ? 'on disk' : 'in memory'}`, [
      `<rect x="${x(sent).toFixed(1)}" y="${y + 9}" width="${(x(answered) - x(sent)).toFixed(1)}" height="5" class="life"/>`,
      ...joined(spans, least).map((span) => blockOf(span, x, y)),
      `<text x="${(x(answered) + 4).toFixed(1)}" y="${y + 17}" class="small">${(answered - sent).toFixed(1)} ms</text>`,
    ]);
  }
  const ticks = Array.from({ length: 5 }, (_, tick) => (milliseconds * tick) / 4).map(
    (at) =>
      `<line x1="${x(at).toFixed(1)}" x2="${x(at).toFixed(1)}" y1="${TOP - 8}" y2="${y}" class="tick"/><text x="${x(at).toFixed(1)}" y="${TOP - 12}" text-anchor="middle" class="small">${at.toFixed(0)} ms</text>`,
  );
  const width = NAMES + BAR + 70;
  const height = y + 30;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escaped(title)}">
<style>text{font:13px system-ui,sans-serif;fill:#222}text[fill]{fill:#fff}.small{font-size:11px;fill:#555}.idle{fill:#ddd}.life{fill:#ccc}.tick{stroke:#e4e4e4}.title{font-weight:600;font-size:15px}</style>
<rect width="${width}" height="${height}" fill="#fff"/>
<text x="10" y="22" class="title">${escaped(title)}</text>
${[...ticks, ...rows].join('\n')}
<text x="10" y="${height - 9}" class="small">${escaped(`amped show ${words}. Full colour: it runs. Pale: it waits for the disk and can do nothing else. Grey: it waits for what comes.`)}</text>
</svg>
`;
}

mkdirSync(FOLDER, { recursive: true });
for (const [name, title, words] of PICTURES) {
  if (process.argv.length > 2 && !process.argv.includes(name)) continue;
  const { architectures, requests } = readShowArguments(words.split(' '));
  let best;
  for (let run = 0; run < RUNS; run++) {
    const picture = pictureOf(await exhibit(architectures[0], requests, SERVER));
    if (best === undefined || picture.milliseconds < best.milliseconds) best = picture;
  }
  const svg = svgOf(title, words, best);
  writeFileSync(new URL(`${name}.svg`, FOLDER), svg);
  console.log(`${name}.svg: ${best.milliseconds.toFixed(0)} ms, ${svg.length} bytes`);
}
