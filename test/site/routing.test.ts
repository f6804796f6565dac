/** The site with its routing on: what is answered, how soon a change shows, and what is asked of the disk for it. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { PENDING } from '../../src/site/answer.js';
import { MOST_NAMES } from '../../src/site/directory-load.js';
import { DEFAULT_SITE_SETTINGS, type SiteSettings } from '../../src/site/settings.js';
import { Asking, headOf, MEBIBYTE, type SiteSetup, Waiting } from './asking.js';
import { SlowDisk } from './slow-disk.js';
import { Tree } from './tree.js';

const MANY = MOST_NAMES + 500;

let tree: Tree;
let asking: Asking;
afterEach(() => {
  asking.end();
  tree.remove();
});

function begin(files: Record<string, string>, settings: Partial<SiteSettings>, setup: SiteSetup = {}): void {
  tree = new Tree(files);
  asking = new Asking(tree.root, { ...setup, settings: { ...DEFAULT_SITE_SETTINGS, ...settings } });
}

/** A disk that answers later, and all that waits for it answered. */
function beginSlowly(files: Record<string, string>, settings: Partial<SiteSettings>): SlowDisk {
  let disk: SlowDisk | undefined;
  const makeDisk: SiteSetup['makeDisk'] = (arena) => {
    disk = new SlowDisk(arena);
    return disk;
  };
  begin(files, settings, { makeDisk });
  return disk as SlowDisk;
}

/** Status, and where it leads or what it says. */
function answer(target: string, fields: string[] = [], method = 'GET'): string {
  const { status, fields: own, body } = asking.ask(target, fields, method);
  return `${status} ${own.location ?? body}`;
}

describe('clean URLs', () => {
  const files = {
    'index.html': 'home',
    'about.html': 'about',
    'blog.html': 'blog',
    'blog/post.html': 'post',
    LICENSE: 'free',
  };
  it.each([
    ['/about', '200 about'],
    ['/about.html', '301 /about'],
    ['/about.html?a=b', '301 /about?a=b'],
    ['/about/', '301 /about'],
    ['/', '200 home'],
    ['/index.html', '301 /'],
    ['/index', '301 /'],
    ['/blog', '200 blog'],
    ['/blog/', '301 /blog'],
    ['/blog/post', '200 post'],
    ['/LICENSE', '200 free'],
  ])('%s gives %s', (target, expected) => {
    begin(files, { cleanUrls: true });
    expect(answer(target)).toBe(expected);
    expect(answer(target)).toBe(expected);
  });

  it('ranges, conditions and HEAD are as for the file', () => {
    begin(files, { cleanUrls: true });
    expect(answer('/about', ['Range: bytes=1-2'])).toBe('206 bo');
    const { etag } = asking.ask('/about').fields;
    expect(answer('/about', [`If-None-Match: ${etag}`])).toBe('304 ');
    expect(asking.ask('/about', [], 'HEAD')).toMatchObject({
      status: 200,
      body: '',
      fields: { 'content-length': '5' },
    });
  });

  it('a file that comes in front is seen within the second, and one that goes too', () => {
    begin(files, { cleanUrls: true });
    expect(answer('/about')).toBe('200 about');
    writeFileSync(tree.path('about'), 'itself');
    asking.wait();
    // The page itself is known to be current: that says nothing of what comes before it.
    expect(answer('/about.html')).toBe('301 /about');
    expect(answer('/about')).toBe('200 itself');
    rmSync(tree.path('about'));
    asking.wait();
    expect(answer('/about')).toBe('200 about');
    rmSync(tree.path('about.html'));
    asking.wait();
    expect(answer('/about').slice(0, 3)).toBe('404');
  });
});

describe('the slash policy', () => {
  const files = { 'a.txt': 'text', 'index.html': 'home', 'dir/index.html': 'dir', bare: 'bare', 'page.html': 'page' };
  it.each([
    ['always', '/dir', '301 /dir/'],
    ['always', '/dir/', '200 dir'],
    ['always', '/a.txt', '200 text'],
    ['always', '/bare', '301 /bare/'],
    ['always', '/bare/', '200 bare'],
    ['always', '/page', '301 /page/'],
    ['always', '/page/', '200 page'],
    ['always', '/page.html', '301 /page/'],
    ['never', '/dir/?q', '301 /dir?q'],
    ['never', '/dir', '200 dir'],
    ['never', '/', '200 home'],
    ['never', '/page/', '301 /page'],
    ['never', '/page', '200 page'],
    ['never', '/a.txt/', '301 /a.txt'],
    ['directories', '/dir', '301 /dir/'],
  ] as const)('%s: %s gives %s', (trailingSlash, target, expected) => {
    begin(files, { trailingSlash, cleanUrls: true });
    expect(answer(target)).toBe(expected);
    expect(answer(target)).toBe(expected);
  });
});

describe('the fallback of a single-page application', () => {
  const files = { 'index.html': 'app', 'app.js': 'js', 'sub/x.txt': 'x', 'own/index.html': 'own' };
  it('is for what names no file, with dots too, and for nothing else', () => {
    begin(files, { single: true });
    expect(['/route', '/users/ann.b', '/missing.js', '/sub/'].map((target) => answer(target))).toEqual(
      Array(4).fill('200 app'),
    );
    expect([answer('/app.js'), answer('/sub/x.txt'), answer('/own/'), answer('/sub')]).toEqual([
      '200 js',
      '200 x',
      '200 own',
      '301 /sub/',
    ]);
    expect([answer('/%'), answer('/.env')].map((text) => text.slice(0, 3))).toEqual(['400', '404']);
  });

  it('gives way to a file that appears, although its own page was looked at in the same second', () => {
    begin(files, { single: true });
    const head = headOf('/route');
    for (let time = 0; time < 3; time++) expect(asking.take(asking.answer(head)).body).toBe('app');
    writeFileSync(tree.path('route'), 'file');
    asking.wait();
    expect(answer('/')).toBe('200 app');
    expect(asking.take(asking.answer(head)).body).toBe('file');
    rmSync(tree.path('route'));
    asking.wait();
    expect(asking.take(asking.answer(head)).body).toBe('app');
  });

  it('a change that is told shows at once', () => {
    begin(files, { single: true });
    expect(answer('/route')).toBe('200 app');
    writeFileSync(tree.path('route'), 'file');
    asking.site.changed('route');
    expect(answer('/route')).toBe('200 file');
  });

  it('asks the disk once a second for each path, also where it answers later', () => {
    const disk = beginSlowly(files, { single: true });
    const ask = (fields: string[] = []): Waiting | null => {
      const waiter = new Waiting();
      return asking.site.answer(headOf('/route', fields), waiter) === PENDING ? waiter : null;
    };
    const first = ask();
    expect(disk.asked).toEqual(['open route']);
    disk.completeAll();
    expect(asking.read(first!.answers[0]!).body).toBe('app');
    expect([ask(), ask(['Range: bytes=0-0'])]).toEqual([null, null]);
    expect(disk.asked).toEqual([]);
    asking.wait();
    expect(ask()).not.toBeNull();
    expect(disk.asked).toEqual(['open route']);
    disk.completeAll();
  });
});

describe('rewrites', () => {
  const files = { 'app/index.html': 'app', 'x/real.txt': 'real', 'page.html': 'page', '.env': 'SECRET' };
  const rewrites = [
    { from: '/x/page', to: '/page.html' },
    { from: '/x/:name', to: '/app' },
    { from: '/out', to: '/.env' },
  ];
  it('are for what names no file', () => {
    begin(files, { rewrites });
    expect(['/x/page', '/x/other', '/x/real.txt', '/out'].map((target) => answer(target).slice(0, 8))).toEqual([
      '200 page',
      '200 app',
      '200 real',
      '404 404 ',
    ]);
  });
});

describe('error pages', () => {
  const files = {
    '404.html': '<p>gone',
    'denied.html': 'denied',
    'secret.txt': 's',
    'large.html': 'x'.repeat(200_000),
  };
  it('404.html at the root is the content of 404, and nothing that can be kept or asked for in parts', () => {
    begin(files, {});
    const response = asking.ask('/nothing', ['If-None-Match: *', 'Range: bytes=0-1']);
    expect(response).toMatchObject({ status: 404, body: '<p>gone', statusLine: 'HTTP/1.1 404 Not Found' });
    expect(response.names).toEqual(['Server', 'Date', 'Content-Type', 'Content-Length', 'X-Content-Type-Options']);
    expect(response.fields['content-type']).toBe('text/html; charset=utf-8');
    expect(asking.ask('/nothing', [], 'HEAD')).toMatchObject({
      status: 404,
      body: '',
      fields: { 'content-length': '7' },
    });
    expect(asking.ask('/nothing', ['Connection: close'])).toMatchObject({
      persistent: false,
      fields: { connection: 'close' },
    });
    expect(asking.ask('/404.html').status).toBe(200);
    expect(asking.ask('/.env').body).toBe('<p>gone');
  });

  it('each status has its own, also where it is a large file, and where it is missing the text is plain', () => {
    begin(files, { errorPages: { 400: '/denied.html', 404: 'large.html', 500: '/missing.html' } });
    expect(answer('/%')).toBe('400 denied');
    expect(asking.ask('/nothing')).toMatchObject({ status: 404, body: 'x'.repeat(200_000) });
    rmSync(tree.path('denied.html'));
    asking.wait();
    expect(answer('/%')).toBe('400 400 Bad Request\n');
    writeFileSync(tree.path('denied.html'), 'again');
    asking.wait();
    expect(answer('/%')).toBe('400 again');
  });

  it('cost nothing where there is none: it is looked for once a second', () => {
    const disk = beginSlowly({ 'a.txt': 'a' }, {});
    const ask = (target: string): Waiting => {
      const waiter = new Waiting();
      asking.site.answer(headOf(target), waiter);
      return waiter;
    };
    const first = ask('/nothing');
    disk.complete();
    expect(disk.asked).toEqual(['open 404.html']);
    disk.complete();
    expect(asking.read(first.answers[0]!).status).toBe(404);
    const second = ask('/nothing');
    disk.complete();
    expect(disk.asked).toEqual([]);
    expect(asking.read(second.answers[0]!).status).toBe(404);
  });
});

describe('lists', () => {
  const files = {
    'index.html': 'home',
    'd/b.txt': 'bb',
    'd/a <b>.txt': 'a',
    'd/.hidden': 'h',
    'd/sub/x': 'x',
    'own/index.html': 'own',
  };
  const listed = (target: string): string[] => {
    const { body } = asking.ask(target, ['Accept: application/json']);
    return (JSON.parse(Buffer.from(body, 'latin1').toString()) as { entries: { href: string }[] }).entries.map(
      ({ href }) => href,
    );
  };
  const options = { listing: true } as const;

  it('are off unless asked for', () => {
    begin(files, {});
    expect(answer('/d/').slice(0, 3)).toBe('404');
  });

  it('are for directories without an index file', () => {
    begin(files, options);
    const page = asking.ask('/d/');
    expect(page).toMatchObject({ status: 200, fields: { 'content-type': 'text/html; charset=utf-8', vary: 'Accept' } });
    expect(page.fields['content-security-policy']).toMatch(/^default-src 'none'; style-src 'sha256-/);
    expect(page.fields['content-length']).toBe(String(page.body.length));
    expect(listed('/d/')).toEqual(['/d/sub/', '/d/a%20%3Cb%3E.txt', '/d/b.txt']);
    expect([answer('/d'), answer('/own/'), answer('/')]).toEqual(['301 /d/', '200 own', '200 home']);
    expect([answer('/nothing/'), answer('/d/b.txt/')].map((text) => text.slice(0, 3))).toEqual(['404', '404']);
    expect(asking.ask('/d/', [], 'HEAD')).toMatchObject({ status: 200, body: '' });
  });

  it('are validated, and never old', () => {
    begin(files, options);
    const { etag } = asking.ask('/d/').fields;
    expect(answer('/d/', [`If-None-Match: ${etag}`])).toBe('304 ');
    expect(answer('/d/', ['If-Match: "x"']).slice(0, 3)).toBe('412');
    writeFileSync(tree.path('d/new'), 'n');
    asking.site.changed('d/new');
    expect(asking.ask('/d/', [`If-None-Match: ${etag}`]).body).toContain('>new<');
    rmSync(tree.path('d/new'));
    asking.wait();
    expect(asking.ask('/d/').fields.etag).toBe(etag);
  });

  it('have what leads to a file or a directory beneath the root, and nothing else', () => {
    begin(files, { ...options, unlisted: ['*.txt'] });
    const link = (to: string, name: string) => symlinkSync(to, tree.path(name));
    link('../index.html', 'd/inside');
    link('sub', 'd/link-sub');
    link('../../outside', 'd/outside');
    link('/etc/passwd', 'd/absolute');
    link('nowhere', 'd/dangling');
    execFileSync('mkfifo', [tree.path('d/pipe')]);
    writeFileSync(Buffer.concat([Buffer.from(tree.path('d/')), Buffer.from([0x66, 0xff])]), 'x');
    writeFileSync(tree.path('d/back\\slash'), 'x');
    expect(listed('/d/')).toEqual(['/d/link-sub/', '/d/sub/', '/d/inside']);
    for (const href of listed('/d/')) expect(['200', '404']).toContain(answer(href).slice(0, 3));
  });

  it('names that begin with a dot are listed where they are served', () => {
    begin(files, { ...options, dotfiles: true });
    expect(listed('/d/')).toContain('/d/.hidden');
    expect(answer('/d/.hidden')).toBe('200 h');
  });

  it('a directory with very many names has a list with an end', () => {
    begin({ 'd/x': 'x' }, options, { heapBytes: 2 * MEBIBYTE });
    mkdirSync(tree.path('many'));
    for (let number = 0; number < MANY; number++) writeFileSync(tree.path(`many/${number}`), '');
    const page = asking.ask('/many/');
    expect(page.status).toBe(200);
    expect(page.body).toContain('There is more in this directory');
    expect(page.body.split('<tr>').length).toBeLessThanOrEqual(MOST_NAMES + 3);
  });

  it('who asks while one is made waits for it, unless something has changed since it was begun', () => {
    const disk = beginSlowly(files, options);
    const ask = (): Waiting => {
      const waiter = new Waiting();
      expect(asking.site.answer(headOf('/d/'), waiter)).toBe(PENDING);
      return waiter;
    };
    const [first, second, gone] = [ask(), ask(), ask()];
    asking.site.forget(gone);
    disk.complete();
    expect(disk.asked).toEqual(['list d/']);
    disk.complete();
    const late = ask();
    disk.complete(disk.asked.indexOf('open d/index.html'));
    expect(disk.asked.filter((what) => what.startsWith('list'))).toEqual([]);
    asking.site.changed('d/new');
    writeFileSync(tree.path('d/new'), '');
    const later = ask();
    disk.complete(disk.asked.indexOf('open d/index.html'));
    disk.completeAll();
    expect([first, second, late, later].map(({ answers }) => answers.length)).toEqual([1, 1, 1, 1]);
    expect(gone.answers).toEqual([]);
    expect(asking.read(later.answers[0]!).body).toContain('>new<');
  });

  it('a site that is closed while a list is made closes its directory when it has been made', () => {
    const disk = beginSlowly(files, options);
    asking.site.answer(headOf('/d/'), new Waiting());
    disk.complete();
    asking.site.close();
    disk.completeAll();
    expect(disk.asked).toEqual([]);
  });

  it('many names do not take the memory that others need', () => {
    begin(files, options, { heapBytes: 65_536 });
    for (let number = 0; number < 500; number++) writeFileSync(tree.path(`d/${'ü'.repeat(60)}${number}`), '');
    expect(asking.ask('/d/')).toMatchObject({ status: 200 });
    expect(answer('/')).toBe('200 home');
  });
});

it('no path is led in a circle, whatever the files and the settings are', () => {
  const name = fc.constantFrom(
    'a',
    'a.html',
    'a/index.html',
    'a/b',
    'index.html',
    'index',
    'b/a.html',
    'b.html',
    'a.html/x',
    'b.c/x',
  );
  const settings = fc.record({
    cleanUrls: fc.boolean(),
    trailingSlash: fc.constantFrom('directories' as const, 'always' as const, 'never' as const),
    single: fc.boolean(),
    listing: fc.boolean(),
    basePath: fc.constantFrom('', '/base'),
  });
  const path = fc
    .array(fc.constantFrom('a', 'a.html', 'index', 'index.html', 'b', 'b.c', 'x'), { maxLength: 3 })
    .chain((segments) => fc.constantFrom(`/${segments.join('/')}`, `/${[...segments, ''].join('/')}`));
  fc.assert(
    fc.property(fc.uniqueArray(name, { maxLength: 5 }), settings, path, (names, some, start) => {
      const files: Record<string, string> = {};
      for (const one of names) {
        // What is a file cannot be a directory too.
        const clashes = Object.keys(files).some((other) => other.startsWith(`${one}/`) || one.startsWith(`${other}/`));
        if (!clashes) files[one] = one;
      }
      begin(files, some, { heapBytes: 131_072 });
      try {
        let target = some.basePath + start;
        for (let hops = 0; ; hops++) {
          const { status, fields } = asking.ask(target);
          expect([200, 301, 404]).toContain(status);
          if (fields.location === undefined) break;
          target = fields.location;
          expect(hops, `${start} led to ${target}`).toBeLessThan(3);
        }
      } finally {
        asking.end();
        tree.remove();
      }
    }),
    { numRuns: 150 },
  );
  begin({}, {});
});
