/** serve.json: what each of its keys comes to, what is noted, and what is refused. */
import { describe, expect, it } from 'vitest';
import { readJsonText } from '../../src/config/json-text.js';
import { OptionError } from '../../src/config/option-error.js';
import { readServeJson } from '../../src/config/serve-json.js';

function read(content: unknown) {
  const text = typeof content === 'string' ? content : JSON.stringify(content, null, 2);
  const { given, notes } = readServeJson(readJsonText(text, 'serve.json'), 'serve.json', '/srv');
  return { settings: Object.fromEntries([...given].map(([name, { value }]) => [name, value])), notes };
}

it('URLs are clean unless it says otherwise, and directories are listed only if it says so', () => {
  expect(read({})).toEqual({ settings: { cleanUrls: true }, notes: [] });
  expect(read({ cleanUrls: false, directoryListing: true }).settings).toEqual({ cleanUrls: false, listing: true });
});

describe('every key', () => {
  it.each([
    [{ $schema: 'https://schemas.getsentry.com/serve.json' }, {}],
    [{ public: '_site' }, { root: '/srv/_site' }],
    [{ public: '/var/www' }, { root: '/var/www' }],
    [{ directoryListing: false }, { listing: false }],
    [{ unlisted: ['.DS_Store'] }, { unlisted: ['.DS_Store'] }],
    [{ trailingSlash: true }, { trailingSlash: 'always' }],
    [{ trailingSlash: false }, { trailingSlash: 'never' }],
    [{ renderSingle: false }, {}],
    [{ etag: true }, {}],
    [
      { rewrites: [{ source: 'app/**', destination: 'index.html' }] },
      { rewrites: [{ from: '/app/**', to: '/index.html' }] },
    ],
    [
      {
        redirects: [
          { source: '/old', destination: '/new' },
          { source: '/docs/:id', destination: 'https://example.com/:id', type: 302 },
        ],
      },
      {
        redirects: [
          { from: '/old', to: '/new', status: 301 },
          { from: '/docs/:id', to: 'https://example.com/:id', status: 302 },
        ],
      },
    ],
    [
      {
        headers: [
          {
            source: '404.html',
            headers: [
              { key: 'Cache-Control', value: 'max-age=300' },
              { key: 'X', value: null },
            ],
          },
        ],
      },
      {
        headers: [
          {
            for: '/404.html',
            fields: [
              { name: 'Cache-Control', value: 'max-age=300' },
              { name: 'X', value: null },
            ],
          },
        ],
      },
    ],
  ])('%j', (content, settings) => {
    expect(read(content)).toEqual({ settings: { cleanUrls: true, ...settings }, notes: [] });
  });
});

describe('what is not done is noted', () => {
  it.each([
    [{ cleanUrls: ['/app/**'] }, { cleanUrls: true }, 'cleanUrls cannot be for some paths only: it is on for all.'],
    [
      { directoryListing: ['/assets/**'] },
      { listing: false },
      'directoryListing cannot be for some paths only: no directory is listed.',
    ],
    [{ renderSingle: true }, {}, 'renderSingle is not done: a directory shows its index.html or a list.'],
    [{ etag: false }, {}, 'etag is not done: every file has an ETag and a Last-Modified.'],
    [
      { symlinks: true },
      {},
      'symlinks changes nothing: relative symbolic links are followed where they stay in the directory, others never.',
    ],
    [
      { redirects: [{ source: '/!a', destination: '/b' }] },
      { redirects: [] },
      "redirects leaves out '/!a', whose pattern Amped does not know.",
    ],
  ])('%j', (content, settings, note) => {
    expect(read(content)).toEqual({ settings: { cleanUrls: true, ...settings }, notes: [`serve.json:2: ${note}`] });
  });
});

describe('what is wrong is refused with its line', () => {
  it.each([
    ['[]', '1: There must be an object in braces.'],
    ['{\n"cleanUrl": true}', '2: There is no cleanUrl in serve.json; did you mean cleanUrls?'],
    [
      '{"xyz": true}',
      '1: There is no xyz in serve.json; there are public, cleanUrls, rewrites, redirects, headers, directoryListing, unlisted, trailingSlash, renderSingle, symlinks, etag.',
    ],
    ['{"toString": 1}', /^serve\.json:1: There is no toString in serve\.json; /],
    ['{"cleanUrls": 1}', '1: cleanUrls must be true, false or a list of patterns, not 1.'],
    ['{"trailingSlash": "yes"}', '1: trailingSlash must be true or false, not "yes".'],
    ['{"public": ""}', '1: public must be a directory, not "".'],
    ['{"rewrites": {}}', '1: rewrites must be a list of rules with source and destination, not {}.'],
    ['{"rewrites": [\n{"source": "/a"}]}', '2: rewrites[0] lacks destination.'],
    ['{"rewrites": [\n1]}', '2: rewrites[0] must be an object with source, destination, not 1.'],
    [
      '{"redirects": [{"source": "/a", "destination": "/b",\n"type": 200}]}',
      '2: redirects[0].type must be one of 301, 302, 303, 307, 308, not 200.',
    ],
    [
      '{"redirects": [{"source": "/a", "destination": "/b",\n"typ": 302}]}',
      '2: There is no typ in redirects[0]; there are source, destination, type.',
    ],
    [
      '{"headers": [{"source": "/a", "headers": [\n{"key": "A"}]}]}',
      `2: headers[0].headers[0] must be an object with a key and a value, which is text or null, not { key: 'A' }.`,
    ],
    ['{"headers": [{"source": "/a"}]}', /^serve\.json:1: headers\[0\]\.headers must be a list of fields/],
    ['{"unlisted": "a"}', '1: unlisted must be a list of patterns, not "a".'],
  ])('%j', (text, sentence) => {
    const wanted = typeof sentence === 'string' ? `serve.json:${sentence}` : sentence;
    expect(() => read(text)).toThrow(OptionError);
    expect(() => read(text)).toThrow(wanted);
  });
});
