/** How the site answers: in the order of site/settings.ts. */
import { DEFAULT_SITE_SETTINGS } from '../../site/settings.js';
import { users } from '../auth-file.js';
import { headerRule } from '../header-rules.js';
import { mediaTypes } from '../media-types.js';
import { option } from '../option.js';
import { integer, list, text, yesOrNo } from '../option-kinds.js';
import { origin } from '../origins.js';

const initially = DEFAULT_SITE_SETTINGS;

export const site = {
  headers: option({
    flag: 'header',
    kind: list(headerRule, null),
    initial: initially.headers,
    description: "a field of every answer, as 'Name: value'; may be given several times",
  }),
  securityHeaders: option({
    flag: 'security-headers',
    kind: yesOrNo,
    initial: initially.securityHeaders,
    description: 'fields that make browsers more careful: nosniff, no frames elsewhere and the like',
  }),
  cacheControl: option({
    flag: 'cache-control',
    kind: text('VALUE', 'auto, none, or a value for Cache-Control (such as max-age=60)', isFieldValue),
    initial: initially.cacheControl,
    description: 'auto: immutable for names with a hash in them, else no-cache; none; or a value',
  }),
  cors: option({
    flag: 'cors',
    short: 'C',
    kind: yesOrNo,
    initial: false,
    description: 'scripts of every origin may read answers',
  }),
  corsOrigins: option({
    flag: 'cors-origin',
    kind: list(origin),
    initial: initially.corsOrigins,
    description: 'an origin whose scripts may read answers; may be given several times',
  }),
  corsCredentials: option({
    flag: 'cors-credentials',
    kind: yesOrNo,
    initial: initially.corsCredentials,
    description: 'scripts of these origins may send cookies and passwords along',
  }),
  mediaTypes: option({
    flag: 'media-type',
    kind: mediaTypes,
    initial: initially.mediaTypes,
    description: "the media type of an extension, as 'md text/markdown'; may be given several times",
  }),
  precompressed: option({
    flag: 'precompressed',
    kind: yesOrNo,
    initial: initially.precompressed,
    description: 'send app.js.br, app.js.zst or app.js.gz for app.js to those who accept it',
  }),
  compress: option({
    flag: 'compress',
    kind: yesOrNo,
    initial: initially.compress,
    description: 'compress text for those who accept it, and keep it so',
  }),
  // Apache's MaxRanges is 200; more than a few are nobody's need.
  maxRanges: option({
    flag: 'max-ranges',
    kind: integer('COUNT', 1, 1000),
    initial: initially.maxRanges,
    description: 'the most ranges in a request; more are answered with the whole file',
  }),
  users: option({
    flag: 'auth-file',
    kind: users,
    initial: initially.users,
    description: 'who may read, with a password each: lines that amped hash-password prints',
  }),
};

function isFieldValue(value: string): boolean {
  return /^[\t\x20-\x7e]{1,1024}$/.test(value) && value.trim() === value;
}
