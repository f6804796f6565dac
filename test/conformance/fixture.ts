/**
 * The directory that is served, made anew for every run: ordinary files, awkward names, and everything that must not
 * come out. Cases change nothing in it except below `changing`, where each makes a directory of its own.
 */
import { execFileSync } from 'node:child_process';
import { randomFillSync } from 'node:crypto';
import {
  chmodSync,
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** In every file that no request may ever get. */
export const SECRET = 'TOP-SECRET-BYTES';
/** What the target of every smuggled request holds. */
export const SMUGGLED = 'SMUGGLED-ANSWER';

const MEBIBYTE = 1024 * 1024;
/** Files of the size that is read only here and there have holes instead of bytes. */
export const SPARSE_BYTES = 64 * MEBIBYTE;
export const HUGE_BYTES = 5 * 1024 * MEBIBYTE;
/** Just beyond what 32 bits can count. */
export const HUGE_MARK_POSITION = 4 * 1024 * MEBIBYTE + 10;
export const HUGE_MARK = 'beyond-32-bits';

/** The modification time of old.txt: whole seconds, long ago. */
export const OLD_TIME = 1_577_934_245;

/** File names that need escaping in a target, with what each holds. */
export const AWKWARD_NAMES: Readonly<Record<string, string>> = {
  'name with spaces.txt': 'spaces',
  'percent%25.txt': 'percent',
  '100%.txt': 'one hundred',
  'hash#tag.txt': 'hash',
  'what?.txt': 'question',
  'semi;colon.txt': 'semicolon',
  'plus+sign.txt': 'plus',
  'am&per=sand.txt': 'ampersand',
  'tilde~.txt': 'tilde',
  'quote\'"s.txt': 'quotes',
  '<angle>.txt': 'angle',
  '[square].txt': 'square',
  'ünïcode-日本.txt': 'unicode',
  'two..dots.txt': 'dots',
  '...three.d/file.txt': 'three dots',
  'trailing.': 'trailing dot',
};

/** One file of each kind, with the start of its media type. */
export const MEDIA_TYPES: Readonly<Record<string, RegExp>> = {
  'types/page.html': /^text\/html; ?charset=utf-8$/i,
  'types/plain.txt': /^text\/plain; ?charset=utf-8$/i,
  'types/style.css': /^text\/css; ?charset=utf-8$/i,
  'types/script.js': /^(text|application)\/javascript; ?charset=utf-8$/i,
  'types/module.mjs': /^(text|application)\/javascript; ?charset=utf-8$/i,
  'types/image.png': /^image\/png$/i,
  'types/photo.jpg': /^image\/jpeg$/i,
  'types/font.woff2': /^font\/woff2$/i,
  'types/film.mp4': /^video\/mp4$/i,
  'types/archive.zip': /^application\/zip$/i,
  'types/program.wasm': /^application\/wasm$/i,
  'types/picture.svg': /^image\/svg\+xml(; ?charset=utf-8)?$/i,
  'types/data.json': /^application\/json(; ?charset=utf-8)?$/i,
};

export class Fixture {
  /** Holds the served directory and what lies beside it. */
  readonly parent = mkdtempSync(join(tmpdir(), 'conformance-'));
  readonly root = join(this.parent, 'site');
  /** The bytes of each ordinary file, by its path beneath the root. */
  readonly files = new Map<string, Buffer>();
  #changing = 0;

  constructor() {
    this.#put('index.html', '<!doctype html><title>Home</title><p>Welcome\n');
    this.#put('hello.txt', 'Hello, world\n');
    this.#put('smuggled.txt', SMUGGLED);
    this.#put('empty.txt', '');
    this.#put('digits.txt', '0123456789'.repeat(10));
    this.#put('small.bin', random(1024));
    this.#put('medium.bin', random(100 * 1024));
    this.#put('million.bin', random(1_000_000));
    this.#put('large.bin', random(20 * MEBIBYTE));
    this.#put('sub/index.html', '<!doctype html><p>Sub\n');
    this.#put('sub/page.html', '<!doctype html><p>Page\n');
    this.#put('dir with space/index.html', '<!doctype html><p>Space\n');
    this.#put('evil.com/index.html', '<!doctype html><p>Not evil\n');
    this.#put('old.txt', 'old\n');
    utimesSync(join(this.root, 'old.txt'), OLD_TIME, OLD_TIME);
    this.#put('epoch.txt', 'epoch\n');
    utimesSync(join(this.root, 'epoch.txt'), 0, 0);
    this.#put('future.txt', 'future\n');
    utimesSync(join(this.root, 'future.txt'), 4_000_000_000, 4_000_000_000);
    this.#put('.well-known/security.txt', 'Contact: mailto:a@example.org\n');
    for (const [name, text] of Object.entries(AWKWARD_NAMES)) if (!name.startsWith('.')) this.#put(name, text);
    for (const name of Object.keys(MEDIA_TYPES)) this.#put(name, `bytes of ${name}`);
    this.#put('types/unknown.xyzzy', 'unknown');
    this.#put('types/none', 'none');
    mkdirSync(join(this.root, 'no-index'));
    mkdirSync(join(this.root, 'changing'));
    this.#putSparse('sparse.bin', SPARSE_BYTES);
    this.#putSparse('huge.bin', HUGE_BYTES, HUGE_MARK_POSITION, HUGE_MARK);
    this.#putWhatMustNotComeOut();
  }

  #put(path: string, content: string | Buffer): void {
    const bytes = Buffer.from(content as string);
    mkdirSync(dirname(join(this.root, path)), { recursive: true });
    writeFileSync(join(this.root, path), bytes);
    this.files.set(path, bytes);
  }

  #putSparse(path: string, size: number, position = 0, mark = ''): void {
    const file = openSync(join(this.root, path), 'w');
    truncateSync(join(this.root, path), size);
    if (mark !== '') writeSync(file, mark, position);
    closeSync(file);
  }

  #putWhatMustNotComeOut(): void {
    const secret = (path: string) => {
      mkdirSync(dirname(join(this.parent, path)), { recursive: true });
      writeFileSync(join(this.parent, path), SECRET);
    };
    secret('secret.txt');
    secret('outside/secret.txt');
    // A sibling whose name begins as the root's does: the root is compared with its separator.
    secret('site-private/secret.txt');
    secret('site/.hidden');
    secret('site/.git/config');
    secret('site/sub/.env');
    secret('site/.well-known/.hidden');
    const link = (target: string, path: string) => symlinkSync(target, join(this.root, path));
    link('hello.txt', 'link.txt');
    link('../hello.txt', 'sub/link-up.txt');
    link('sub', 'link-directory');
    link('../outside/secret.txt', 'link-outside.txt');
    link('../outside', 'link-outside-directory');
    link('/etc/passwd', 'link-absolute.txt');
    link(join(this.root, 'hello.txt'), 'link-absolute-inside.txt');
    link('link-loop.txt', 'link-loop.txt');
    link('nowhere.txt', 'link-dangling.txt');
    link('/proc/self/environ', 'link-proc.txt');
    execFileSync('mkfifo', [join(this.root, 'pipe.txt')]);
    writeFileSync(join(this.root, 'unreadable.txt'), SECRET);
    chmodSync(join(this.root, 'unreadable.txt'), 0);
  }

  bytes(path: string): Buffer {
    const bytes = this.files.get(path);
    if (bytes === undefined) throw new Error(`The fixture has no ${path}`);
    return bytes;
  }

  text(path: string): string {
    return this.bytes(path).toString('latin1');
  }

  /** A new directory within the site for one case to change: where it is on disk, and its target. */
  changingDirectory(): { readonly path: string; readonly target: string } {
    this.#changing += 1;
    const name = `changing/${this.#changing}`;
    mkdirSync(join(this.root, name));
    return { path: join(this.root, name), target: `/${name}` };
  }

  remove(): void {
    rmSync(this.parent, { recursive: true, force: true });
  }
}

export function random(size: number): Buffer<ArrayBuffer> {
  return randomFillSync(Buffer.alloc(size));
}

/** A path as a target: every byte that is not unreserved is escaped. */
export function targetOf(path: string): string {
  return `/${path.split('/').map(encodeURIComponent).join('/')}`;
}
