/** The writer of the access log, on real files, pipes and sockets, good and bad. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  closeSync,
  constants,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LogWriter } from '../../src/log/log-writer.js';
import { type Ring, ringOf } from './ring.js';

const RING_BYTES = 65_536;

let folder: string;
let ring: Ring;
let said: string[];
let writers: LogWriter[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'amped-log-'));
  ring = ringOf(RING_BYTES);
  said = [];
  writers = [];
});

afterEach(async () => {
  for (const writer of writers) await writer.end();
  ring.region.destroy();
  rmSync(folder, { recursive: true, force: true });
});

function writerTo(path: string): LogWriter {
  const writer = new LogWriter(path, [ring.taking], (level, text) => said.push(`${level} ${text}`));
  writers.push(writer);
  return writer;
}

async function eventually(condition: () => boolean, milliseconds = 5000): Promise<void> {
  const end = performance.now() + milliseconds;
  while (!condition()) {
    if (performance.now() > end) throw new Error('What was waited for has not come.');
    await new Promise((done) => setTimeout(done, 5));
  }
}

/** Puts so many lines, each with its number, from `first` on. */
function putNumbers(first: number, count: number): void {
  for (let number = first; number < first + count; number++) {
    if (ring.put(`line ${number}`)) writers.at(-1)?.call();
  }
}

function numbers(first: number, count: number): string {
  return Array.from({ length: count }, (_, index) => `line ${first + index}\n`).join('');
}

describe('a file', () => {
  it('has every line soon after it was put, and at once when called', async () => {
    const path = join(folder, 'access.log');
    const writer = writerTo(path);
    putNumbers(0, 3);
    await eventually(() => writer.counts.written === 3);
    expect(readFileSync(path, 'utf8')).toBe(numbers(0, 3));
    putNumbers(3, 2);
    writer.call();
    await eventually(() => readFileSync(path, 'utf8') === numbers(0, 5), 200);
  });

  it('is added to, and has all that waits at the end', async () => {
    const path = join(folder, 'access.log');
    await writerTo(path).end();
    for (const first of [0, 2]) {
      const writer = writerTo(path);
      putNumbers(first, 2);
      expect(await writer.end()).toBe(true);
      expect(writer.counts).toEqual({ written: first + 2, dropped: 0 });
    }
    expect(readFileSync(path, 'utf8')).toBe(numbers(0, 4));
  });

  it('that has been renamed is opened anew, with no line lost or in both', async () => {
    const path = join(folder, 'access.log');
    const writer = writerTo(path);
    for (let turn = 0; turn < 5; turn++) {
      putNumbers(turn * 100, 50);
      writer.call();
      renameSync(path, join(folder, `access.log.${turn}`));
      writer.reopen();
      putNumbers(turn * 100 + 50, 50);
      await eventually(() => writer.counts.written === turn * 100 + 100);
    }
    // What was being written when it was renamed is in the old one, all else in the new one.
    const files = [0, 1, 2, 3, 4].map((turn) => readFileSync(join(folder, `access.log.${turn}`), 'utf8'));
    expect(files.join('') + readFileSync(path, 'utf8')).toBe(numbers(0, 500));
    expect(readFileSync(path, 'utf8')).toContain('line 499');
    expect(readFileSync(path, 'utf8')).not.toContain('line 449\n');
  });

  it('that cannot be opened anew goes on as it is, and it is said', async () => {
    const path = join(folder, 'in', 'access.log');
    mkdirSync(join(folder, 'in'));
    const writer = writerTo(path);
    renameSync(join(folder, 'in'), join(folder, 'out'));
    writer.reopen();
    putNumbers(0, 2);
    await eventually(() => writer.counts.written === 2);
    expect(readFileSync(join(folder, 'out', 'access.log'), 'utf8')).toBe(numbers(0, 2));
    expect(said).toEqual([expect.stringMatching(/^error .*cannot be opened anew: there is no such directory/)]);
  });

  it('that cannot be opened at all is one sentence', () => {
    expect(() => writerTo(join(folder, 'none', 'access.log'))).toThrow(
      /^The access log .* cannot be written: there is no such directory; choose another with --access-log-file\.$/,
    );
    expect(() => writerTo(folder)).toThrow(/it is a directory/);
  });
});

describe('a full disk', () => {
  it('drops what finds no room in memory, counts it, and says so once', async () => {
    const writer = writerTo('/dev/full');
    const lines = 20_000;
    putNumbers(0, lines);
    await eventually(() => said.length > 0);
    expect(said).toEqual([expect.stringMatching(/^error The access log cannot be written \(ENOSPC\)/)]);
    const { dropped } = writer.counts;
    expect(dropped).toBeGreaterThan(0);
    const began = performance.now();
    expect(await writer.end()).toBe(true);
    expect(performance.now() - began).toBeLessThan(1000);
    expect(writer.counts).toEqual({ written: 0, dropped: lines });
    expect(said).toHaveLength(1);
  });

  const root = process.getuid?.() === 0;
  it.skipIf(!root)('that has room again goes on where it was, with no line torn', async () => {
    const mounted = join(folder, 'small');
    mkdirSync(mounted);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=16k', 'none', mounted]);
    try {
      const path = join(mounted, 'access.log');
      const writer = writerTo(path);
      putNumbers(0, 3000);
      await eventually(() => said.length > 0);
      expect(readFileSync(path, 'utf8').endsWith('\n')).toBe(false);
      execFileSync('mount', ['-o', 'remount,size=1m', mounted]);
      await eventually(() => writer.counts.written === 3000);
      expect(readFileSync(path, 'utf8')).toBe(numbers(0, 3000));
      expect(said.at(-1)).toBe('info The access log is written again; 0 lines have been dropped.');
      await writer.end();
    } finally {
      execFileSync('umount', [mounted]);
    }
  });
});

describe('a pipe', () => {
  it('whose reader has stopped holds up nobody, and goes on with whole lines when it reads again', async () => {
    const path = join(folder, 'pipe');
    execFileSync('mkfifo', [path]);
    const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const writer = writerTo(path);
      const lines = 20_000;
      let put = 0;
      // More than the pipe and the ring hold together.
      await eventually(() => {
        putNumbers(put, 500);
        put += 500;
        return put >= lines && said.length > 0;
      });
      expect(said[0]).toBe(
        'error The access log cannot be written (its reader has stopped): lines that find no room in memory are dropped.',
      );
      let text = '';
      const bytes = Buffer.alloc(65_536);
      await eventually(() => {
        try {
          text += bytes.toString('latin1', 0, readSync(reader, bytes));
        } catch {
          // Nothing more now.
        }
        return (
          writer.counts.written + writer.counts.dropped === put && text.split('\n').length - 1 === writer.counts.written
        );
      });
      expect(text).toMatch(/^(line \d+\n)+$/);
      expect(writer.counts.dropped).toBeGreaterThan(0);
      expect(said.at(-1)).toMatch(/^info The access log is written again; \d+ lines have been dropped\.$/);
    } finally {
      closeSync(reader);
    }
  });

  it('that nobody has open is refused at the start', () => {
    const path = join(folder, 'pipe');
    execFileSync('mkfifo', [path]);
    expect(() => writerTo(path)).toThrow(/nobody reads from it/);
  });
});

describe('standard output', () => {
  const SCRIPT = fileURLToPath(new URL('standard-output.mjs', import.meta.url));

  it.each(['pipe', 'overlapped'] as const)('as a %s has every line', async (kind) => {
    // Node makes a socket of what it calls a pipe: both are tried.
    const child =
      kind === 'pipe'
        ? spawn('sh', ['-c', `"${process.execPath}" "${SCRIPT}" | cat`])
        : spawn(process.execPath, [SCRIPT], { stdio: ['ignore', 'pipe', 'inherit'] });
    let text = '';
    child.stdout?.on('data', (bytes) => {
      text += bytes;
    });
    await once(child, 'close');
    expect(text).toBe(numbers(0, 2000));
  });
});
