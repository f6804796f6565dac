/** amped hash-password: a line for the file of users, from a password on standard input. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { type PasswordHash, parsePasswordHash, verifyNow } from '../../src/site/password-hash.js';

const MAIN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

async function hash(argv: string[], input: string): Promise<{ code: number; stdout: string; stderr: string }> {
  const child = spawn(process.execPath, [MAIN, 'hash-password', ...argv], { stdio: 'pipe' });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (text) => {
    stdout += text;
  });
  child.stderr.on('data', (text) => {
    stderr += text;
  });
  // One that refuses its arguments may have ended before it has read anything.
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  const [code] = await once(child, 'close');
  return { code: code as number, stdout, stderr };
}

it('prints a line that holds the first line of its input', async () => {
  const { code, stdout, stderr } = await hash(['ada'], 'pässword\nsecond line\n');
  expect([code, stderr]).toEqual([0, '']);
  const [, name, written] = /^([^:]*):(.*)\n$/.exec(stdout) ?? [];
  expect(name).toBe('ada');
  const right = await new Promise((resolve) =>
    verifyNow(Buffer.from('pässword'), parsePasswordHash(written as string) as PasswordHash, resolve),
  );
  expect(right).toBe(true);
});

it.each([
  [[], 'x', 'Usage: amped hash-password NAME, with the password on standard input.\n'],
  [['a', 'b'], 'x', 'Usage: amped hash-password NAME, with the password on standard input.\n'],
  [['a:b'], 'x', 'A name must be 1 to 255 characters without a colon, and not begin with #, not "a:b".\n'],
  [['ada'], '', 'There is no password: nobody could tell it from a missing one.\n'],
  [['ada'], 'a\tb', 'A password must not have control characters: none can be sent.\n'],
  [['ada'], 'x'.repeat(2000), 'A password must be at most 1024 bytes, not 2000.\n'],
])('%j with %j is refused in a sentence', async (argv, input, sentence) => {
  expect(await hash(argv, input)).toEqual({ code: 1, stdout: '', stderr: sentence });
});
