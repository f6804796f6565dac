/**
 * One suite of real-socket cases, run whole against every architecture: HTTP by RFC 9110 and RFC 9112, files,
 * security, load, and the life of the process and its workers. A start takes longer than most cases: those files of cases
 * that need nothing else have one server in common, others one of their own, or one for each case. The last case of a file
 * checks that no descriptor was leaked and that the server has not failed, and the last of all that it ends as it should.
 *
 * The files beside this one that end in .test.ts run it, a kind of architecture each, so that they can run side by side.
 * AMPED_WHOLE_SUITE=1 runs every concept with every disk strategy, and whole in loops in processes.
 * To run one architecture or one concept: `npx vitest run test/conformance -t epoll`, `-t 'epoll.*ranges'`.
 */
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Architecture, caches, withWorkers } from './architectures.js';
import { bodies } from './bodies.js';
import { conditional } from './conditional.js';
import { configuration } from './configuration.js';
import { DEADLINE_OPTIONS, deadlines } from './deadlines.js';
import { disk, SLOW_DISK_OPTIONS } from './disk.js';
import { files } from './files.js';
import { Fixture } from './fixture.js';
import { framing } from './framing.js';
import { HANDLER_APP } from './handler-app.js';
import { HANDLER_TIMEOUT_MILLISECONDS, handlers } from './handlers.js';
import { hosts } from './hosts.js';
import { lifecycle } from './lifecycle.js';
import { limits } from './limits.js';
import { listening } from './listening.js';
import { load } from './load.js';
import { logged, logging } from './logging.js';
import { methods } from './methods.js';
import { ranges } from './ranges.js';
import { RawConnection } from './raw-client.js';
import { REPRESENTATION_OPTIONS, representation } from './representation.js';
import { ROUTING_OPTIONS, routing } from './routing.js';
import type { Running } from './running.js';
import { security } from './security.js';
import { COMMAND, ServerProcess } from './server-process.js';
import { smuggling } from './smuggling.js';
import { targets } from './targets.js';
import { waiting } from './waiting.js';
import { workers } from './workers.js';

/** A file of cases, and which architectures it is about where that is not all. */
interface Concept {
  readonly register: (running: Running) => void;
  readonly appliesTo?: (architecture: Architecture) => boolean;
  /** How many workers it wants, to have as many connections open. */
  readonly workers?: number;
  /** What its server is started with. */
  readonly options?: readonly string[];
  /** What its server serves, where that is not the fixture; and more of what it is started with. */
  readonly serves?: (fixture: Fixture, architecture: Architecture) => readonly [served: string, ...options: string[]];
  /** Its cases make the application fail, and the log says so. */
  readonly fails?: boolean;
  /** One is for all its cases, unless each starts its own. */
  readonly servers?: 'one' | 'own';
}

const CONCEPTS: Readonly<Record<string, Concept>> = {
  framing: { register: framing },
  methods: { register: methods },
  targets: { register: targets },
  hosts: { register: hosts },
  smuggling: { register: smuggling },
  limits: { register: limits },
  deadlines: { register: deadlines, options: DEADLINE_OPTIONS },
  bodies: { register: bodies },
  conditional: { register: conditional },
  ranges: { register: ranges },
  files: { register: files },
  disk: { register: disk, appliesTo: (architecture) => architecture.workers === undefined, options: SLOW_DISK_OPTIONS },
  security: { register: security },
  lifecycle: { register: lifecycle },
  workers: { register: workers, appliesTo: (architecture) => architecture.workers !== undefined },
  waiting: { register: waiting, appliesTo: (architecture) => architecture.workers?.blocking === true, servers: 'own' },
  // Who writes lines is the same everywhere; who makes them differs by kind, and what a dispatcher knows of a send that failed.
  logging: { register: logging, appliesTo: isOfEachDispatcherKind, serves: logged },
  // What differs between disk strategies, and between dispatchers that are told of readiness, is not how one listens.
  listening: {
    register: listening,
    workers: 3,
    appliesTo: isOfEachDispatcherKind,
    servers: 'own',
  },
  load: { register: load, workers: 12 },
  handlers: { register: handlers, appliesTo: isTypical, serves: application, fails: true },
  routing: { register: routing, appliesTo: isTypical, options: ROUTING_OPTIONS },
  configuration: { register: configuration, appliesTo: isTypical, servers: 'own' },
  representation: { register: representation, appliesTo: isTypical, options: REPRESENTATION_OPTIONS },
};

function application(fixture: Fixture): readonly [string, ...string[]] {
  const path = join(fixture.parent, 'app.mjs');
  writeFileSync(path, HANDLER_APP);
  return [path, '--static', fixture.root, '--handler-timeout', `${HANDLER_TIMEOUT_MILLISECONDS}ms`];
}

/** Workers, and of the loops in the original process one that is told of readiness and one that is told of completions. */
function isOfEachDispatcherKind({ workers, name }: Architecture): boolean {
  return workers !== undefined || /^event, (epoll|io_uring), auto disk$/.test(name);
}

function isTypical({ typical }: Architecture): boolean {
  return typical;
}

const HOOK_MILLISECONDS = 30_000;
const END_MILLISECONDS = 8000;
/** What the log has of an exception. */
const TRACE = /\n {4}at |Error:/;

let fixture: Fixture;

/** Registers the whole suite for each of these. */
export function conformance(architectures: readonly Architecture[]): void {
  beforeAll(() => {
    if (!existsSync(COMMAND)) throw new Error(`There is no ${COMMAND}: build first (npm run build).`);
    fixture = new Fixture();
  }, HOOK_MILLISECONDS);

  afterAll(() => fixture?.remove());

  for (const architecture of architectures) describe(architecture.name, () => ofOne(architecture));
}

function ofOne(architecture: Architecture): void {
  const { unavailable } = architecture;
  if (unavailable !== undefined) {
    it(unavailable, (context) => context.skip(unavailable));
    return;
  }
  const common = new CommonServer(architecture);
  afterAll(() => common.server?.stop(), HOOK_MILLISECONDS);
  for (const [name, concept] of Object.entries(CONCEPTS)) {
    const { appliesTo, workers: wanted } = concept;
    if (appliesTo?.(architecture) === false || architecture.concepts?.includes(name) === false) continue;
    const blocks = architecture.workers?.blocking === true;
    const suited = wanted !== undefined && blocks ? withWorkers(architecture, wanted) : architecture;
    describe(name, () => ofConcept(suited, concept, common));
  }
  endsAsItShould(() => common.start());
}

/** The server of those concepts that need nothing else. */
class CommonServer {
  server: ServerProcess | undefined;
  /** The fewest that it has had open while nobody was connected. */
  sockets = Number.POSITIVE_INFINITY;
  readonly architecture: Architecture;

  constructor(architecture: Architecture) {
    this.architecture = architecture;
  }

  /** Starts it when it is not there: one that a case has brought to its end must not fail all that follow. */
  async start(): Promise<ServerProcess> {
    if (this.server?.running !== true) {
      this.server = await ServerProcess.start(this.architecture, fixture.root);
      this.sockets = Number.POSITIVE_INFINITY;
    }
    return this.server;
  }
}

function ofConcept(architecture: Architecture, concept: Concept, common: CommonServer): void {
  const { register, options = [], serves, fails, servers = 'one' } = concept;
  const isCommon =
    servers === 'one' && options.length === 0 && serves === undefined && architecture === common.architecture;
  let server: ServerProcess;
  let sockets: number;
  let said: number;

  const start = (): Promise<ServerProcess> => {
    if (isCommon) return common.start();
    const [served, ...more] = serves?.(fixture, architecture) ?? ([fixture.root] as const);
    return ServerProcess.start(architecture, served, ...more, ...options);
  };
  if (servers === 'one') {
    beforeAll(async () => {
      server = await start();
      ({ sockets } = server.descriptors());
      // What was before may still be about to be closed.
      if (isCommon) common.sockets = sockets = Math.min(sockets, common.sockets);
      said = server.stderr.length;
    }, HOOK_MILLISECONDS);
  }

  afterEach(async () => {
    RawConnection.closeAll();
    await ServerProcess.endOthers(server, common.server);
  });

  if (!isCommon) afterAll(() => server?.stop(), HOOK_MILLISECONDS);

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

  if (servers !== 'one') return;
  it('leaks no descriptor: no more sockets are open than before, and no file more than once a cache; and nothing has failed', async () => {
    expect(server.running, server.stderr).toBe(true);
    const after = await server.descriptorsWhen((now) => now.sockets <= sockets);
    expect(after.sockets).toBeLessThanOrEqual(sockets);
    // The threads of a process have a cache of open files each.
    const most = architecture.workers?.where === 'threads' ? caches(architecture) : 1;
    expect([...after.files].filter(([, times]) => times > most)).toEqual([]);
    if (fails !== true) expect(server.stderr.slice(said)).not.toMatch(TRACE);
  });
  if (!isCommon) endsAsItShould(() => server, fails);
}

function endsAsItShould(serverOf: () => ServerProcess | Promise<ServerProcess>, fails = false): void {
  it('ends as it should: by SIGTERM, with exit code 0 and no trace of an exception', async () => {
    const server = await serverOf();
    expect(server.running, server.stderr).toBe(true);
    const asked = Date.now();
    const exit = await server.stop();
    // Nobody is connected: there is nothing to wait for, and that is far less than --drain-timeout.
    expect(Date.now() - asked).toBeLessThan(END_MILLISECONDS);
    expect(exit).toMatchObject({ code: 0, signal: null });
    if (!fails) expect(exit.stderr).not.toMatch(TRACE);
  });
}
