/**
 * The files of the dashboard, which the build has put beside this one, and what a browser may do with them.
 *
 * What it keeps true: the page asks nobody but this listener, runs no script but its own, and stands in no frame.
 */
import { readFileSync } from 'node:fs';

export interface DashboardFile {
  readonly type: string;
  readonly text: string;
}

/** By path: the name of the file, and its media type. */
const FILES: Readonly<Record<string, readonly [name: string, type: string]>> = {
  '/': ['index.html', 'text/html; charset=utf-8'],
  '/dashboard/main.js': ['main.js', 'text/javascript; charset=utf-8'],
  '/dashboard/main.css': ['main.css', 'text/css; charset=utf-8'],
};

/** For answers that are the page. */
export const DASHBOARD_FIELDS = {
  'Content-Security-Policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; " +
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'Referrer-Policy': 'no-referrer',
  Vary: 'Accept',
} as const;

/** Those that have been read. */
const read = new Map<string, DashboardFile>();

/** The file at this path, or undefined: where there is none, and for who asks for text instead of the page. */
export function dashboardFile(path: string, accept: string | undefined): DashboardFile | undefined {
  if (!Object.hasOwn(FILES, path)) return undefined;
  if (path === '/' && !/\btext\/html\b/.test(accept ?? '')) return undefined;
  const known = read.get(path);
  if (known !== undefined) return known;
  const [name, type] = FILES[path] as readonly [string, string];
  // From here, and from a chunk of the bundled command alike.
  const file = { type, text: readFileSync(new URL(`../admin/dashboard/${name}`, import.meta.url), 'utf8') };
  read.set(path, file);
  return file;
}
