/** The birth and the end of workers that are processes: real ones, which run small scripts. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { wake } from '../../src/linux/process.js';
import { close, listen } from '../../src/linux/sockets.js';
import { SharedRegion } from '../../src/memory/shared-region.js';
import { childrenOf } from '../../src/metrics/proc.js';
import type { Assignment, Worker } from '../../src/models/worker.js';
import { startProcess } from '../../src/models/worker-process.js';
import { assignmentOf, DIST, eventually, STAY, script } from './scripts.js';

/** Words of the region through which the scripts speak. */
const PROCESS = 0;
const SAYS = 1;

let folder: string;
let region: SharedRegion;
let listener: { descriptor: number; port: number };
let workers: Worker[] = [];
/** What workers have said, with level and kind. */
let said: (string | undefined)[][] = [];

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'amped-process-'));
  region = SharedRegion.create(4096);
  listener = listen('127.0.0.1', 0, 16, { blocking: true });
});

afterAll(() => {
  close(listener.descriptor);
  region.destroy();
  rmSync(folder, { recursive: true });
});

afterEach(async () => {
  for (const worker of workers) worker.kill();
  await Promise.all(workers.map(({ ended }) => ended));
  workers = [];
  said = [];
  region.words.fill(0);
});

const IMPORTS = {
  'models/worker-process.js': 'assignmentOfProcess',
  'models/worker-record.js': 'sayRecord, sayServes',
  'memory/shared-region.js': 'SharedRegion',
  'linux/sockets.js': 'accept4, recv, setReceiveTimeout',
  'linux/process.js': 'threadIdentifier',
};
const BEGIN = `
const assignment = assignmentOfProcess();
const region = SharedRegion.inherited(assignment.region.descriptor, assignment.region.size);
region.words[${PROCESS}] = process.pid;
`;

function start(name: string, text: string, change: Partial<Assignment<unknown>> = {}, flags: string[] = []): Worker {
  const entry = script(folder, name, IMPORTS, BEGIN + text);
  const assignment = assignmentOf('process', { file: join(folder, name) }, region, listener.descriptor);
  const worker = startProcess(entry, flags, { ...assignment, ...change }, (...words) => said.push(words));
  workers.push(worker);
  return worker;
}

/** Its state, and the system call that it is in, as proc(5) has them. */
function stateOf(child: number): string {
  return `${readFileSync(`/proc/${child}/stat`, 'utf8')}${readFileSync(`/proc/${child}/syscall`, 'utf8')}`;
}

describe('the birth', () => {
  it('is over when the worker says that it serves, and it has the listener and the memory of its keeper', async () => {
    const worker = start(
      'serving',
      `sayServes();
       const socket = accept4(assignment.listeners[0], 0);
       region.words[${SAYS}] = socket >= 0 ? 77 : socket;
       ${STAY}`,
    );
    await worker.ready;
    const client = connect(listener.port, '127.0.0.1');
    await eventually(() => region.words[SAYS] === 77);
    client.destroy();
    expect(region.words[PROCESS]).not.toBe(process.pid);
  });

  it('takes options of any size', async () => {
    const rules = Array.from({ length: 20_000 }, (_, index) => ({ from: `/old/${index}`, to: `/new/${index}` }));
    const worker = start('large', `region.words[${SAYS}] = assignment.options.rules.length; sayServes(); ${STAY}`, {
      options: { rules },
    });
    await worker.ready;
    expect(region.words[SAYS]).toBe(20_000);
  });

  it('can be long: a keeper that is busy with others may end what it hands over only later', async () => {
    const before = childrenOf(process.pid);
    // Node makes it non-blocking as soon as anybody has looked at it.
    const worker = start('early', `sayServes(); ${STAY}`, {}, ['--import', 'data:text/javascript,process.stdin']);
    const child = childrenOf(process.pid).find((each) => !before.includes(each)) as number;
    // Nothing else is done until it waits for the end of it, or has given up.
    const until = Date.now() + 5000;
    while (Date.now() < until && !/ Z |^(0|63) 0x0 /m.test(stateOf(child))) {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
    }
    await worker.ready;
  });

  it('hands over what the worker is to do, with descriptors of its own, and leaves nothing of it in its environment', async () => {
    const worker = start(
      'told',
      `const { writeFileSync, readdirSync } = await import('node:fs');
       writeFileSync(assignment.options.file, JSON.stringify({
         assignment, arguments: process.execArgv,
         environment: Object.keys(process.env).filter((name) => name.startsWith('AMPED_')),
       }));
       sayServes();
       ${STAY}`,
      {},
      ['--max-semi-space-size=1'],
    );
    await worker.ready;
    const told = JSON.parse(readFileSync(join(folder, 'told'), 'utf8'));
    expect(told).toEqual({
      assignment: {
        kind: 'process',
        options: { file: join(folder, 'told') },
        place: 3,
        slot: 5,
        listeners: [5],
        region: { descriptor: 4, size: region.size, base: 0 },
        keeper: process.pid,
      },
      arguments: ['--max-semi-space-size=1'],
      environment: [],
    });
    expect(process.env.AMPED_ASSIGNED).toBeUndefined();
  });

  it('gives it no other descriptor that its keeper has open', async () => {
    const other = SharedRegion.create(4096);
    const worker = start(
      'descriptors',
      `const { writeFileSync, readdirSync, readlinkSync } = await import('node:fs');
       const links = readdirSync('/proc/self/fd').map((name) => {
         try { return readlinkSync('/proc/self/fd/' + name); } catch { return ''; }
       });
       writeFileSync(assignment.options.file, String(links.filter((link) => link.includes('memfd:amped')).length));
       sayServes();
       ${STAY}`,
    );
    await worker.ready;
    other.destroy();
    expect(readFileSync(join(folder, 'descriptors'), 'utf8')).toBe('1');
  });
});

describe('a failed birth', () => {
  it('gives as its reason what the worker has said', async () => {
    const worker = start('saying', `process.stderr.write('There is no such directory.\\n'); process.exit(1);`);
    await expect(worker.ready).rejects.toThrow(/^There is no such directory\.$/);
    expect(await worker.ended).toBe('exit code 1');
  });

  it('gives how it ended when it has said nothing', async () => {
    const mute = start('mute', 'process.exit(3);');
    await expect(mute.ready).rejects.toThrow('A worker process ended before it served (exit code 3).');
    const killed = start('killed', `process.kill(process.pid, 'SIGKILL');`);
    await expect(killed.ready).rejects.toThrow('(killed by SIGKILL)');
  });

  it('is told of a script that is not there, and of an error in it', async () => {
    const assignment = assignmentOf('process', {}, region, 0);
    const worker = startProcess(new URL('file:///nowhere/at/all.mjs'), [], assignment, () => {});
    await expect(worker.ready).rejects.toThrow(/nowhere/);
    expect(await worker.ended).toBe('exit code 1');
    await expect(start('throwing', `throw new Error('in words');`).ready).rejects.toThrow(/in words/);
  });

  it('is one of a worker whose keeper has died meanwhile', async () => {
    const worker = start('orphan', `sayServes(); ${STAY}`, { keeper: 1 });
    await expect(worker.ready).rejects.toThrow(/ended before it served/);
    expect(await worker.ended).toBeUndefined();
  });
});

describe('the end', () => {
  it('has no reason when it was asked for', async () => {
    const worker = start('ending', 'sayServes();\nprocess.exit(0);');
    await worker.ready;
    expect(await worker.ended).toBeUndefined();
  });

  it('names the signal or the exit code', async () => {
    const killed = start('staying', `sayServes(); ${STAY}`);
    await killed.ready;
    killed.kill();
    expect(await killed.ended).toBe('killed by SIGKILL');
    const failing = start('failing', 'sayServes();\nsetTimeout(() => process.exit(4), 10);');
    await failing.ready;
    expect(await failing.ended).toBe('exit code 4');
  });

  it('may be brought about twice', async () => {
    const worker = start('twice', `sayServes(); ${STAY}`);
    await worker.ready;
    worker.kill();
    worker.kill();
    await worker.ended;
    worker.kill();
  });

  it('passes on what a serving worker says', async () => {
    const worker = start(
      'talking',
      `sayRecord('warn', 'two\\nlines', 'kind');
       sayServes();
       sayRecord('info', 'and one');
       process.stderr.write('\\x1e["warn","forged"]\\n\\x1ex\\n"serves"\\n');
       setTimeout(() => { throw new Error('in words'); }, 100);`,
    );
    await worker.ready;
    const reason = await worker.ended;
    expect(said.slice(0, 2)).toEqual([
      ['warn', 'two\nlines', 'kind'],
      ['info', 'and one'],
    ]);
    expect(said.slice(2).every(([level]) => level === 'error')).toBe(true);
    // What looks like one of its sentences is none.
    expect(said.slice(2).join('\n')).toContain('forged');
    expect(said.slice(2).join('\n')).toContain('in words');
    expect(reason).toBe('exit code 1');
  });
});

describe('signals', () => {
  it('of a terminal do not end a worker, and the one that wakes it does not either', async () => {
    const worker = start('deaf', `sayServes(); ${STAY}`);
    await worker.ready;
    const identifier = region.words[PROCESS] as number;
    for (const signal of ['SIGINT', 'SIGHUP', 'SIGURG', 'SIGUSR1'] as const) process.kill(identifier, signal);
    await new Promise((done) => setTimeout(done, 100));
    expect(existsSync(`/proc/${identifier}`)).toBe(true);
    worker.kill();
    expect(await worker.ended).toBe('killed by SIGKILL');
  });

  it('wake a worker that waits in a system call', async () => {
    const worker = start(
      'waiting',
      `setReceiveTimeout(assignment.listeners[0], 10_000);
       sayServes();
       const result = accept4(assignment.listeners[0], 0);
       region.words[${SAYS}] = result;
       process.exit(0);`,
    );
    await worker.ready;
    const identifier = region.words[PROCESS] as number;
    await eventually(() => {
      wake(identifier, identifier);
      return region.words[SAYS] !== 0;
    });
    expect(region.words[SAYS]).toBe(-4);
    expect(await worker.ended).toBeUndefined();
  });
});

describe('the death of the keeper', () => {
  it('by SIGKILL ends its workers, also those that wait in a system call', async () => {
    const file = join(folder, 'identifiers');
    const waiting = script(
      folder,
      'kept',
      IMPORTS,
      `const assignment = assignmentOfProcess();
       const { appendFileSync } = await import('node:fs');
       appendFileSync(assignment.options.file, process.pid + '\\n');
       sayServes();
       accept4(assignment.listeners[0], 0);`,
    );
    const keeper = script(
      folder,
      'keeper',
      {
        'models/worker-process.js': 'startProcess',
        'linux/sockets.js': 'listen',
        'memory/shared-region.js': 'SharedRegion',
      },
      `const { descriptor, size, base } = SharedRegion.create(4096);
       const listener = listen('127.0.0.1', 0, 16, { blocking: true }).descriptor;
       const assignment = { kind: 'process', options: { file: ${JSON.stringify(file)} }, place: 0, slot: 0, listeners: [listener],
         region: { descriptor, size, base }, keeper: process.pid };
       const start = () => startProcess(new URL('${waiting}'), [], assignment, () => {}).ready;
       await Promise.all([start(), start()]);
       console.log('ready');
       ${STAY}`,
    );
    const child = spawn(process.execPath, [fileURLToPath(keeper)], { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(child.stdout, 'data');
    const identifiers = readFileSync(file, 'utf8').trim().split('\n').map(Number);
    expect(identifiers).toHaveLength(2);
    expect(identifiers.every((identifier) => existsSync(`/proc/${identifier}`))).toBe(true);
    child.kill('SIGKILL');
    await eventually(() => identifiers.every((identifier) => gone(identifier)));
  });
});

/** Whether a process has ended: what nobody has waited for yet counts as gone. */
function gone(identifier: number): boolean {
  try {
    return /\) [ZX] /.test(readFileSync(`/proc/${identifier}/stat`, 'latin1'));
  } catch {
    return true;
  }
}

it('the build that is tested is there', () => {
  expect(existsSync(new URL('models/worker-process.js', DIST))).toBe(true);
});
