/** A directory of real files for a test, which is removed when the test has ended. */
import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** Long enough ago that time stamps are settled. */
export const OLD = 1_577_934_245;

export class Tree {
  readonly parent = mkdtempSync(join(tmpdir(), 'site-'));
  readonly root = join(this.parent, 'root');

  constructor(files: Readonly<Record<string, string | Buffer>> = {}) {
    mkdirSync(this.root);
    for (const [name, content] of Object.entries(files)) this.write(name, content);
  }

  path(name: string): string {
    return join(this.root, name);
  }

  /** Writes a file with an old modification time, or with `modified` (seconds since the epoch). */
  write(name: string, content: string | Buffer, modified = OLD): void {
    mkdirSync(dirname(this.path(name)), { recursive: true });
    writeFileSync(this.path(name), content);
    utimesSync(this.path(name), modified, modified);
  }

  remove(): void {
    rmSync(this.parent, { recursive: true, force: true });
  }
}
