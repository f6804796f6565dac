/** Five hundred ways of asking for what lies outside the root, made by combining what has led out of some server's. */
import { generator } from './running.js';

/** Ways of writing '..': plain, escaped once, twice, halfway, beyond UTF-8, in look-alikes, with something behind. */
const UP = [
  ...[
    '..',
    '%2e%2e',
    '.%2e',
    '%2E.',
    '%252e%252e',
    '%25252e%25252e',
    '..;',
    '..%00',
    '..%20',
    '..%09',
    '..%0a',
    '...',
    '....',
  ],
  ...[
    '%c0%ae%c0%ae',
    '%c0%2e%c0%2e',
    '%e0%80%ae%e0%80%ae',
    '%f0%80%80%ae%f0%80%80%ae',
    '%fc%80%80%80%80%ae.',
    '..%ff',
    '..%c0',
  ],
  ...[
    '%u002e%u002e',
    '%uff0e%uff0e',
    '%ef%bc%8e%ef%bc%8e',
    '%e2%80%a5',
    '%e2%80%a4%e2%80%a4',
    '.%ef%bc%8e',
    '%2e%00%2e',
    '..%c2%a0',
  ],
  ...[
    '%%32%65%%32%65',
    '%2%65%2%65',
    '..\\',
    '..%5c',
    '.\\.',
    '\xc0\xae\xc0\xae',
    '\u00b7\u00b7',
    '.%0d.',
    '..#',
    '..?',
    "..'",
  ],
];
/** Ways of writing '/'. */
const SEPARATORS = [
  ...[
    '/',
    '//',
    '/./',
    '/.//',
    '\\',
    '\\/',
    '/\\',
    '%2f',
    '%2F',
    '%5c',
    '%252f',
    '%255c',
    '%c0%af',
    '%c1%9c',
    '%e0%80%af',
  ],
  ...['%ef%bc%8f', '%e2%88%95', '%u2215', '%00/', ';/', '/%20/', '/%2e/', '%2f%2f', ':/', '|/'],
];
/** Where the way out begins. */
const BEGINNINGS = [
  ...[
    '/',
    '//',
    '///',
    '/sub/',
    '/sub/deep/',
    '/nothing/',
    '/hello.txt/',
    '/link-inside/',
    '/link-outside/',
    '/link-root/',
  ],
  ...[
    '/.well-known/',
    '/%2e/',
    '/./',
    '/sub%2f',
    '/\\',
    '/~/',
    '/@fs/',
    '/static/..',
    '/cgi-bin/',
    '/%',
    '/C:/',
    '/file:/',
  ],
];
/** What is asked for, as seen from somewhere above. */
const GOALS = [
  'secret.txt',
  'outside/secret.txt',
  'site-private/secret.txt',
  'site/.hidden',
  'etc/passwd',
  'proc/self/environ',
  'etc/../etc/shadow',
  'secret.txt%00.html',
  '',
];
/** Written as they are. */
const WHOLE = [
  ...[
    '/etc/passwd',
    '//etc/passwd',
    '/%2fetc%2fpasswd',
    '/%2F/etc/passwd',
    '/\\etc\\passwd',
    'file:///etc/passwd',
    '/proc/self/fd/0',
  ],
  ...[
    '/link-outside.txt',
    '/link-outside/secret.txt',
    '/link-absolute.txt',
    '/link-proc.txt',
    '/link-chain.txt',
    '/link-loop',
    '/link-root/etc/passwd',
  ],
  ...[
    '/..',
    '/../',
    '/../..',
    '/.',
    '/..site/secret.txt',
    '/../site-private/secret.txt',
    '/../site/hello.txt',
    '/sub/../../secret.txt',
    '..',
    '../secret.txt',
    '%2e%2e/secret.txt',
  ],
  ...[
    `/${'../'.repeat(400)}etc/passwd`,
    `/${'%2e%2e/'.repeat(900)}etc/passwd`,
    `/${'a/'.repeat(200)}${'../'.repeat(201)}secret.txt`,
    `/${'./'.repeat(2000)}../secret.txt`,
  ],
  ...[
    `/${'x'.repeat(5000)}/../../secret.txt`,
    `/${'%5c..'.repeat(300)}secret.txt`,
    '/hello.txt/../../secret.txt',
    '/?/../../secret.txt',
    '/#/../../secret.txt',
    '/sub/deep/../../../secret.txt',
  ],
];
/** Names that the kernel has to be asked about: links that lead out, and names that only look like ways out. */
const LINKS = [
  ...[
    'link-outside',
    'link-root',
    'link%2Doutside',
    '%6cink-root',
    'sub/deep/link-up',
    'link-inside/deep/link-up',
    'link-chain',
  ],
  ...[
    '%ef%bc%8e%ef%bc%8e',
    '%e2%80%a5',
    '%e2%80%a4%e2%80%a4',
    'x/..;',
    '..'.padStart(4, 'x'),
    '%ef%bc%8f',
    '@',
    'C:',
    '~root',
  ],
];
/** Detours that lead nowhere. */
const DETOURS = ['', './', 'sub/../', '%2e/', 'nothing/../', 'sub/deep/%2e%2e/../', '/', 'sub/./.%2e/'];
const BEHIND_LINKS = [
  ...[
    '',
    '/',
    '/secret.txt',
    '/etc/passwd',
    '/etc/',
    '/proc/self/environ',
    '/proc/1/root/etc/passwd',
    '/outside/secret.txt',
  ],
  ...['/dev/zero', '/sub/../../secret.txt', '/tmp', '/site-private/secret.txt', '/%ef%bc%8e%ef%bc%8e/secret.txt', '?x'],
];
/** Forms of a target that carry a path. */
const FORMS = ['', '', '', '', 'http://a', 'http://127.0.0.1:80', 'http://a/..', 'HTTP://A', 'http://a%2f..'];

const PAYLOADS = 500;
const SEED = 1999;

/** The same 500 in every run, none of them twice. */
export function traversalTargets(): string[] {
  const targets = new Set(WHOLE);
  const below = generator(SEED);
  const one = (texts: readonly string[]) => texts[below(texts.length)] as string;
  while (targets.size < PAYLOADS) {
    const steps = Array.from({ length: 1 + below(6) }, () => 0);
    // One way throughout, or another one at each step.
    const [up, separator] = [one(UP), one(SEPARATORS)];
    const mixed = below(3) === 0;
    const way = steps.map(() => (mixed ? one(UP) + one(SEPARATORS) : up + separator)).join('');
    if (below(2) === 0) targets.add(one(FORMS) + one(BEGINNINGS) + way + one(GOALS));
    else targets.add(`${one(FORMS.slice(0, 6))}/${one(DETOURS)}${one(LINKS)}${one(BEHIND_LINKS)}`);
  }
  return [...targets];
}
