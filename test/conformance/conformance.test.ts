/**
 * One suite of real-socket cases, run whole against every architecture: HTTP by RFC 9110 and RFC 9112, files,
 * security, load, and the life of the process. Each file of cases gets a server process of its own; its last case
 * checks that no descriptor was leaked.
 *
 * To run one architecture or one concept: `npx vitest run test/conformance -t epoll`, `-t 'epoll.*ranges'`.
 */
import { existsSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Architecture, architectures } from './architectures.js';
import { bodies } from './bodies.js';
import { conditional } from './conditional.js';
import { deadlines } from './deadlines.js';
import { files } from './files.js';
import { Fixture } from './fixture.js';
import { framing } from './framing.js';
import { hosts } from './hosts.js';
import { lifecycle } from './lifecycle.js';
import { limits } from './limits.js';
import { load } from './load.js';
import { methods } from './methods.js';
import { ranges } from './ranges.js';
import { RawConnection } from './raw-client.js';
import type { Running } from './running.js';
import { security } from './security.js';
import { COMMAND, type Descriptors, ServerProcess } from './server-process.js';
import { smuggling } from './smuggling.js';
import { targets } from './targets.js';

const CONCEPTS: Readonly<Record<string, (running: Running) => void>> = {
  framing,
  methods,
  targets,
  hosts,
  smuggling,
  limits,
  deadlines,
  bodies,
  conditional,
  ranges,
  files,
  security,
  lifecycle,
  load,
};

const HOOK_MILLISECONDS = 30_000;

let fixture: Fixture;

beforeAll(() => {
  if (!existsSync(COMMAND)) throw new Error(`There is no ${COMMAND}: build first (npm run build).`);
  fixture = new Fixture();
}, HOOK_MILLISECONDS);

afterAll(() => fixture?.remove());

for (const architecture of architectures) {
  describe(architecture.name, () => {
    const { unavailable } = architecture;
    if (unavailable !== undefined) {
      it(unavailable, (context) => context.skip(unavailable));
      return;
    }
    for (const [name, register] of Object.entries(CONCEPTS)) {
      describe(name, () => withOneServer(architecture, register));
    }
  });
}

function withOneServer(architecture: Architecture, register: (running: Running) => void): void {
  let server: ServerProcess;
  let before: Descriptors;

  beforeAll(async () => {
    server = await ServerProcess.start(architecture, fixture.root);
    before = server.descriptors();
  }, HOOK_MILLISECONDS);

  afterEach(async () => {
    RawConnection.closeAll();
    await ServerProcess.endOthers(server);
  });

  afterAll(() => server?.stop(), HOOK_MILLISECONDS);

  register({
    architecture,
    get fixture() {
      return fixture;
    },
    get server() {
      return server;
    },
    get port() {
      return server.port;
    },
  });

  it('leaks no descriptor: as many sockets are open as before, and no file more than once', async () => {
    const after = await server.descriptorsWhen((now) => now.sockets === before.sockets);
    expect(after.sockets).toBe(before.sockets);
    expect([...after.files].filter(([, times]) => times > 1)).toEqual([]);
  });

  it('ends as it should: by SIGTERM, with exit code 0 and no trace of an exception', async () => {
    expect(server.running, server.stderr).toBe(true);
    const exit = await server.stop();
    expect(exit).toMatchObject({ code: 0, signal: null });
    expect(exit.stderr).not.toMatch(/\n {4}at |Error:/);
  });
}
