/**
 * A directory's list as a page for people and as JSON for programs.
 *
 * Names are what anybody may have written: text is escaped, addresses are percent-encoded, and the page may load and run
 * nothing: its policy allows the one style that stands in it, by its hash (CVE-2024-32966).
 */
import { sha256 } from './digest.js';
import type { Listed, Listing } from './directory-load.js';

/** What a list needs to know besides. */
export interface ListPlace {
  /** The path of the directory as people read it: not escaped, with slashes around. */
  readonly path: string;
  /** The address of the directory above; null for the root. */
  readonly parent: string | null;
  /** The address of an entry, escaped. */
  addressOf(entry: Listed): string;
  /** Where a list would be longer it ends, in bytes. */
  readonly mostBytes: number;
}

export interface ListPage {
  readonly mediaType: string;
  readonly bytes: Buffer;
  readonly entityTag: string;
}

const STYLE = `
:root{color-scheme:light dark;font:16px/1.5 system-ui,sans-serif}
body{max-width:60rem;margin:0 auto;padding:1rem}
h1{font-size:1.25rem;overflow-wrap:anywhere}
table{width:100%;border-collapse:collapse}
th{text-align:left;font-weight:600}
td,th{padding:.4rem .5rem;border-bottom:1px solid color-mix(in srgb,currentcolor 15%,transparent)}
td:first-child{overflow-wrap:anywhere}
td:nth-child(n+2),th:nth-child(n+2){text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums}
a{display:block;text-decoration:none}
a:hover{text-decoration:underline}
@media(max-width:34rem){td:nth-child(3),th:nth-child(3){display:none}}
`;
let policy: string | undefined;

/** Nothing but the style: no script, no picture, no form, no other base. */
export function listPolicy(): string {
  policy ??= `default-src 'none'; style-src 'sha256-${sha256(STYLE, 'base64')}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;
  return policy;
}

/** Made when there is a list to be sorted: it takes a MiB. */
let natural: Intl.Collator | undefined;
const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];
/** HTTP's last date, beyond which no clock means what it says: 31 Dec 9999. */
const LAST_SECOND = 253_402_300_799;

/** As a page: directories first, in the order in which people count. */
export function htmlList(listing: Listing, place: ListPlace): ListPage {
  const title = escapeText(place.path);
  const rows = place.parent === null ? [] : [rowOf(place.parent, '../', '', '')];
  let room = place.mostBytes;
  let complete = !listing.more;
  for (const entry of sorted(listing)) {
    const name = entry.directory ? `${entry.name}/` : entry.name;
    const row = rowOf(
      place.addressOf(entry),
      name,
      entry.directory ? '' : sizeText(entry.size),
      timeText(entry.modified),
    );
    room -= Buffer.byteLength(row);
    if (room < 0) {
      complete = false;
      break;
    }
    rows.push(row);
  }
  const note = complete ? '' : '<p>There is more in this directory than is listed here.</p>\n';
  const page = `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>${STYLE}</style>
</head>
<body>
<h1>${title}</h1>
<table>
<thead><tr><th>Name</th><th>Size</th><th>Modified (UTC)</th></tr></thead>
<tbody>
${rows.join('')}</tbody>
</table>
${note}</body>
</html>
`;
  return pageOf('text/html; charset=utf-8', page);
}

/** As JSON: `path`, `entries` of name, type, address, time and, of files, size, and whether they are all. */
export function jsonList(listing: Listing, place: ListPlace): ListPage {
  const entries: string[] = [];
  let room = place.mostBytes;
  let complete = !listing.more;
  for (const entry of sorted(listing)) {
    const text = JSON.stringify({
      name: entry.name,
      type: entry.directory ? 'directory' : 'file',
      href: place.addressOf(entry),
      ...(entry.directory ? {} : { size: entry.size }),
      modified: dateOf(entry.modified)?.toISOString() ?? null,
    });
    room -= Buffer.byteLength(text) + 2;
    if (room < 0) {
      complete = false;
      break;
    }
    entries.push(text);
  }
  const path = JSON.stringify(place.path);
  return pageOf(
    'application/json; charset=utf-8',
    `{"path":${path},"complete":${complete},"entries":[\n${entries.join(',\n')}\n]}\n`,
  );
}

function pageOf(mediaType: string, text: string): ListPage {
  const bytes = Buffer.from(text);
  return { mediaType, bytes, entityTag: `"${sha256(bytes, 'base64url').slice(0, 22)}"` };
}

function sorted({ entries }: Listing): Listed[] {
  // Names that count as equal have an order too.
  natural ??= new Intl.Collator('en', { numeric: true });
  const collator = natural;
  const compare = (one: string, other: string): number => collator.compare(one, other) || (one < other ? -1 : 1);
  return [...entries].sort((one, other) =>
    one.directory === other.directory ? compare(one.name, other.name) : one.directory ? -1 : 1,
  );
}

function rowOf(address: string, name: string, size: string, time: string): string {
  return `<tr><td><a href="${escapeText(address)}">${escapeText(name)}</a></td><td>${size}</td><td>${time}</td></tr>\n`;
}

function sizeText(bytes: number): string {
  let size = bytes;
  let unit = 0;
  for (; size >= 1024 && unit < UNITS.length - 1; unit++) size /= 1024;
  return `${unit === 0 || size >= 100 ? Math.round(size) : size.toFixed(1)} ${UNITS[unit]}`;
}

function timeText(second: number): string {
  const date = dateOf(second);
  return date === null ? '' : date.toISOString().slice(0, 16).replace('T', ' ');
}

/** Null where the time of a file is none that a calendar has. */
function dateOf(second: number): Date | null {
  return Math.abs(second) > LAST_SECOND ? null : new Date(second * 1000);
}

function escapeText(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
