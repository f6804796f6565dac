/** Applications in TypeScript: run where Node runs them, refused with a sentence where it does not. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Architecture } from './conformance/architectures.js';
import { run, ServerProcess } from './conformance/server-process.js';

const APP =
  'const word: string = "typed";\nexport default { fetch: (_request: Request): Response => new Response(word) };\n';
const MODELS = ['event', 'thread', 'process'];
const runsTypeScript = Boolean((process.features as unknown as Record<string, unknown>).typescript);

let folder: string;
let app: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'amped-typescript-'));
  app = join(folder, 'app.ts');
  writeFileSync(app, APP);
});

afterAll(() => rmSync(folder, { recursive: true }));

describe.each(MODELS)('%s', (model) => {
  const workers = model === 'event' ? [] : ['--workers', '1'];
  if (runsTypeScript) {
    it('runs it', async () => {
      const options = ['--model', model, ...workers];
      const server = await ServerProcess.start({ options } as Partial<Architecture> as Architecture, app);
      expect(await (await fetch(`http://127.0.0.1:${server.port}/`)).text()).toBe('typed');
      await server.stop();
    });
  } else {
    it('refuses it, and says since when Node runs it', async () => {
      const { code, stdout, stderr } = await run(app, '--port', '0', '--model', model, ...workers);
      expect([code, stdout]).toEqual([1, '']);
      const { node } = process.versions;
      expect(stderr).toBe(
        `${app} is TypeScript, which Node runs from 22.18 on; this is ${node}. Compile it to JavaScript.\n`,
      );
    });
  }
});
