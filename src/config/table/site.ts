/** How the site answers: where paths lead, and what is said with files. In the order of site/settings.ts. */
import { DEFAULT_SITE_SETTINGS } from '../../site/settings.js';
import { option } from '../option.js';
import { choice, yesOrNo } from '../option-kinds.js';
import { basePath, errorPages, patterns, redirects, rewrites } from '../site-kinds.js';

export const site = {
  basePath: option({
    flag: 'base-path',
    kind: basePath,
    initial: DEFAULT_SITE_SETTINGS.basePath,
    description: 'the path beneath which the site answers, such as /docs; all else is 404',
  }),
  single: option({
    flag: 'single',
    short: 's',
    kind: yesOrNo,
    initial: DEFAULT_SITE_SETTINGS.single,
    description: 'answer what names no file with index.html and 200: single-page applications',
  }),
  listing: option({
    flag: 'listing',
    kind: yesOrNo,
    initial: DEFAULT_SITE_SETTINGS.listing,
    description: 'answer directories without an index.html with a list of what is in them',
  }),
  unlisted: option({
    flag: 'unlisted',
    kind: patterns,
    initial: DEFAULT_SITE_SETTINGS.unlisted,
    description: 'names or paths that lists leave out, such as *.map; several times',
  }),
  cleanUrls: option({
    flag: 'clean-urls',
    kind: yesOrNo,
    initial: DEFAULT_SITE_SETTINGS.cleanUrls,
    description: 'answer /about with about.html, and lead /about.html there',
  }),
  trailingSlash: option({
    flag: 'trailing-slash',
    kind: choice('WHERE', ['directories', 'always', 'never']),
    initial: DEFAULT_SITE_SETTINGS.trailingSlash,
    description: 'which paths end with a slash: of directories, always, or never',
  }),
  dotfiles: option({
    flag: 'dotfiles',
    kind: yesOrNo,
    initial: DEFAULT_SITE_SETTINGS.dotfiles,
    description: 'serve names that begin with a dot; /.well-known/ always is',
  }),
  errorPages: option({
    flag: 'error-page',
    kind: errorPages,
    initial: DEFAULT_SITE_SETTINGS.errorPages,
    description: "the page of an error, such as '404 /404.html'; several times",
  }),
  redirects: option({
    flag: 'redirect',
    kind: redirects,
    initial: DEFAULT_SITE_SETTINGS.redirects,
    description: "lead paths elsewhere, such as '/old/** /new/** 301'; several times",
  }),
  rewrites: option({
    flag: 'rewrite',
    kind: rewrites,
    initial: DEFAULT_SITE_SETTINGS.rewrites,
    description: "answer what names no file as another, as '/app/** /app/'; several times",
  }),
};
