/** What a directory is answered with: its index file, or the way to its name with a slash. */
import { pathOfName } from './target.js';

export const INDEX = 'index.html';

/** The file that a name from `nameOfTarget` stands for. */
export function fileOfName(name: string): string {
  return name === '' || name.endsWith('/') ? name + INDEX : name;
}

/**
 * Location for a directory that was asked for without its slash. Path and query only; the path is made from the normalised
 * name, so it begins with exactly one slash and no backslash: it cannot lead to another host (CVE-2015-1164).
 */
export function locationOfDirectory(name: string, query: string | undefined): string {
  return `${pathOfName(name)}/${query === undefined ? '' : `?${query}`}`;
}
