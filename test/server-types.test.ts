/** The types of the package, as it is built: programs that use it as users write them compile, with the types that these have. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const PACKAGES = ['hono', 'h3', 'itty-router', '@types/node'];

const OWN = `
import { type FetchHandler, type HandlerContext, type Server, serve } from 'amped';
const server: Server = await serve({ fetch: () => new Response('hello'), port: 0 });
await serve({ fetch: (request: Request) => new Response(request.body) });
await serve({ fetch: (request) => new Response(request.headers.get('a')) });
await serve({ fetch: async (request) => Response.json(await request.json(), { status: 201 }) });
await serve({ fetch: (request) => (request.url === server.url ? new Response() : fetch('http://upstream/')) });
await serve({ fetch: (request) => fetch(new Request('http://upstream/', request)) });
await serve({
  async fetch(request, context) {
    context.waitUntil(Promise.resolve(request.url));
    return Response.json(context.clientAddress?.port);
  },
});
const handler: FetchHandler = (_request: Request, _context: HandlerContext, execution: HandlerContext) => {
  execution.passThroughOnException();
  return new Response();
};
await serve({ fetch: handler });
// @ts-expect-error: no response
await serve({ fetch: () => 'text' });
// @ts-expect-error: what it is called with is no string
await serve({ fetch: (request: string) => new Response(request) });
`;

const FRAMEWORKS = `
import { serve } from 'amped';
import { H3 } from 'h3';
import { Hono } from 'hono';
import { AutoRouter } from 'itty-router';
await serve({ fetch: new Hono().fetch });
await serve({ fetch: new Hono<{ Bindings: { NAME: string } }>().get('/', (c) => c.text(c.env.NAME)).fetch });
await serve({ fetch: new H3().fetch });
await serve({ fetch: AutoRouter().fetch });
`;

const OPTIONS = { strict: true, noEmit: true, target: 'ES2022', module: 'NodeNext' };

let directory: string;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'amped-types-'));
  mkdirSync(join(directory, 'node_modules/@types'), { recursive: true });
  symlinkSync(ROOT, join(directory, 'node_modules/amped'));
  for (const name of PACKAGES) symlinkSync(join(ROOT, 'node_modules', name), join(directory, 'node_modules', name));
  writeFileSync(join(directory, 'package.json'), '{ "type": "module" }');
  writeFileSync(join(directory, 'own.ts'), OWN);
  writeFileSync(join(directory, 'frameworks.ts'), FRAMEWORKS);
});

afterAll(() => rmSync(directory, { recursive: true, force: true }));

it.each([
  ['Node', 'own', { lib: ['ES2023'], types: ['node'] }],
  ['browsers', 'own', { lib: ['ES2023', 'DOM'], types: [] }],
  // Some of the frameworks' own declarations need packages that are not here.
  ['both', 'frameworks', { lib: ['ES2023', 'DOM', 'DOM.Iterable'], types: ['node'], skipLibCheck: true }],
])('programs compile with the types of %s: %s.ts', (_whose, program, types) => {
  writeFileSync(
    join(directory, 'tsconfig.json'),
    JSON.stringify({ compilerOptions: { ...OPTIONS, ...types }, files: [`${program}.ts`] }),
  );
  const compiler = join(ROOT, 'node_modules/typescript/bin/tsc');
  const { status, stdout } = spawnSync(process.execPath, [compiler, '-p', directory], { encoding: 'utf8' });
  expect(stdout).toBe('');
  expect(status).toBe(0);
});
