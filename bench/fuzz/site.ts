/**
 * The directory that is served to the fuzz: a few files, each of a size of its own, so that the size in a Content-Range
 * names the file; and everything that must never come out.
 */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onceAtEnd } from '../../src/compare/measurement/clean-up.js';

/** In every file that no request may get. */
export const SECRET = 'TOP-SECRET-BYTES';
/** The contents of smuggled.txt, which is asked for only by requests that hide in others. */
export const SMUGGLED = 'SMUGGLED-ANSWER';
/** In the path of each target that means smuggled.txt. */
export const SMUGGLED_NAME = 'smuggled';

/** Beyond --cached-file-bytes: sent from the open file. */
const LARGE_BYTES = 200_003;

const FILES: Readonly<Record<string, string>> = {
  'index.html': '<!doctype html><title>Home</title>\n',
  'hello.txt': 'Hello, world\n',
  'digits.txt': '0123456789'.repeat(10),
  'empty.txt': '',
  'smuggled.txt': SMUGGLED,
  'sub/index.html': '<!doctype html><p>Sub\n',
  'sub/page.html': '<!doctype html><p>A page of sub\n',
  'dir with space/name#1.txt': 'a name that needs escaping\n',
  'ünïcode.txt': 'Unicode\n',
  '100%.txt': 'percent sign\n\n\n\n',
  '.well-known/security.txt': 'Contact: mailto:security@example.org\n',
  'style.css': 'body { color: black }\n'.repeat(100),
};

export class FuzzSite {
  readonly root: string;
  /** By path beneath the root. */
  readonly files = new Map<string, Buffer>();
  readonly #bySize = new Map<number, Buffer>();

  constructor() {
    const parent = mkdtempSync(join(tmpdir(), 'fuzz-'));
    onceAtEnd(() => rmSync(parent, { recursive: true, force: true }));
    this.root = join(parent, 'site');
    for (const [path, text] of Object.entries(FILES)) this.#put(path, Buffer.from(text));
    const large = Buffer.alloc(LARGE_BYTES);
    for (let at = 0; at < LARGE_BYTES; at++) large[at] = (at * 31 + (at >> 8)) & 0xff;
    this.#put('large.bin', large);
    for (const path of [
      'secret.txt',
      'outside/secret.txt',
      'site-private/secret.txt',
      'site/.hidden',
      'site/.git/config',
      'site/sub/.env',
    ]) {
      mkdirSync(dirname(join(parent, path)), { recursive: true });
      writeFileSync(join(parent, path), SECRET);
    }
    symlinkSync('../outside/secret.txt', join(this.root, 'link-outside.txt'));
    symlinkSync('../outside', join(this.root, 'link-outside'));
    symlinkSync('/etc/passwd', join(this.root, 'link-absolute.txt'));
    symlinkSync('hello.txt', join(this.root, 'link.txt'));
    symlinkSync('loop', join(this.root, 'loop'));
  }

  /** The file of this size. */
  ofSize(size: number): Buffer | undefined {
    return this.#bySize.get(size);
  }

  #put(path: string, bytes: Buffer): void {
    mkdirSync(dirname(join(this.root, path)), { recursive: true });
    writeFileSync(join(this.root, path), bytes);
    if (this.#bySize.has(bytes.length)) throw new Error(`${path} is as long as another file.`);
    this.files.set(path, bytes);
    this.#bySize.set(bytes.length, bytes);
  }
}
