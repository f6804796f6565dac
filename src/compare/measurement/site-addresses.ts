/**
 * Where the files of a directory are asked for: at the one address that leads to each without a detour, by the rules that its
 * serve.json gives. With clean URLs that is the name without its ending.
 */
import { existsSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { resolveOptions } from '../../config/command-line.js';
import { OptionError } from '../../config/option-error.js';
import { FILE, LIST, MOVED, Router } from '../../site/route.js';
import { DEFAULT_SITE_SETTINGS, type SiteSettings } from '../../site/settings.js';
import { nameOfTarget } from '../../site/target.js';

const SERVE_JSON = 'serve.json';

export class SiteAddresses {
  /** Where the files are; absolute. */
  readonly root: string;
  readonly #router: Router;

  constructor(directory: string) {
    const { root, ...settings } = rulesOf(directory);
    this.root = root;
    this.#router = new Router(settings);
  }

  /** The path in a URL that is answered with this file; undefined where the site's own rules lead elsewhere. */
  of(file: string): string | undefined {
    const address = this.#router.pathOf(file);
    const bytes = Buffer.from(address);
    const name = nameOfTarget(bytes, 0, bytes.length);
    if (typeof name === 'number') return undefined;
    const route = this.#router.route(name);
    if (typeof route === 'number' || 'status' in route) return undefined;
    const found = route.find(({ kind, name: there }) => kind !== LIST && this.#isThere(kind, there));
    return found?.kind === FILE && found.name === file ? address : undefined;
  }

  /** Whether a step of a route ends there: at a file, or at a directory that its address needs a slash for. */
  #isThere(kind: number, name: string): boolean {
    const path = join(this.root, name);
    if (!existsSync(path)) return false;
    return statSync(path).isFile() === (kind === FILE || kind === MOVED);
  }
}

/** A serve.json that is none has no rules here: the server that refuses it says why. */
function rulesOf(directory: string): SiteSettings & { readonly root: string } {
  const file = join(directory, SERVE_JSON);
  const none = { ...DEFAULT_SITE_SETTINGS, root: resolve(directory) };
  if (!existsSync(file)) return none;
  try {
    return resolveOptions([directory, '--config', file], {});
  } catch (error) {
    if (error instanceof OptionError) return none;
    throw error;
  }
}
