/** select, poll and epoll with faults between them and the kernel, and what their calls cost. */
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ACCEPT_BACK_OFF_MILLISECONDS, SEND_FILE_BYTES_PER_TURN } from '../../src/dispatcher/dispatcher.js';
import { EpollDispatcher } from '../../src/dispatcher/epoll.js';
import { PollDispatcher } from '../../src/dispatcher/poll.js';
import { SelectDispatcher } from '../../src/dispatcher/select.js';
import {
  EAGAIN,
  ECONNRESET,
  EINTR,
  EINVAL,
  EIO,
  EMFILE,
  ENFILE,
  ENOBUFS,
  ENOMEM,
  EPIPE,
} from '../../src/linux/errno.js';
import { close } from '../../src/linux/sockets.js';
import { FaultyKernel } from './faulty-kernel.js';
import { Fixture } from './fixture.js';
import { numbered } from './peers.js';
import { Recorder } from './recorder.js';

const FILE_BYTES = 400_000;
let directory = '';
let file = -1;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'faults-'));
  writeFileSync(join(directory, 'file'), numbered(FILE_BYTES));
  file = openSync(join(directory, 'file'), 'r');
});
afterAll(() => {
  closeSync(file);
  rmSync(directory, { recursive: true });
});

describe.each([
  ['select', SelectDispatcher],
  ['poll', PollDispatcher],
  ['epoll', EpollDispatcher],
] as const)('%s with faults', (_name, Backend) => {
  let fixture: Fixture | undefined;
  afterEach(() => {
    fixture?.destroy();
    fixture = undefined;
  });
  const use = (calls: FaultyKernel): Fixture => {
    fixture = new Fixture((arena) => new Backend({ arena, calls }));
    return fixture;
  };
  /** A listener whose accepted connections and failures are counted. */
  const accepting = (from: Fixture) => {
    const { descriptor, port } = from.listen();
    const heard = { sockets: [] as number[], failures: [] as number[], descriptor, port };
    from.dispatcher.accept(descriptor, {
      accepted: (socket) => heard.sockets.push(socket),
      acceptFailed: (error) => heard.failures.push(error),
      acceptingEnded: () => {},
    });
    return heard;
  };

  it.each([1, 2, 3, 4, 5, 6, 7, 8])('loses, repeats and reorders nothing (seed %i)', (seed) => {
    const kernel = new FaultyKernel({ seed, chance: 0.3 });
    const { dispatcher } = use(kernel);
    const from = fixture as Fixture;
    const echoing = Array.from({ length: 8 }, (_, index) => {
      const connection = from.connect();
      from.echo(connection, 30_000);
      return { ...connection, bytes: numbered(20_000 + index).map((byte) => byte ^ index), written: 0 };
    });
    const head = from.place('a head;');
    const reading = Array.from({ length: 4 }, () => from.connect());
    for (const { ours } of reading) dispatcher.sendFile(ours, head.offset, head.length, file, 0, FILE_BYTES);
    from.until(() => {
      for (const one of echoing) {
        one.written += one.peer.write(one.bytes.subarray(one.written, one.written + 3_000));
        one.peer.read();
      }
      for (const { peer } of reading) peer.read();
      return (
        echoing.every(({ peer, bytes }) => peer.length === bytes.length) &&
        reading.every(({ endpoint }) => endpoint.completions.length === 1)
      );
    });
    for (const { peer, bytes } of echoing) expect(peer.bytes.equals(bytes)).toBe(true);
    for (const { peer, endpoint } of reading) {
      from.until(() => peer.read().length === head.length + FILE_BYTES);
      expect(peer.bytes.equals(Buffer.concat([Buffer.from('a head;'), numbered(FILE_BYTES)]))).toBe(true);
      expect(endpoint.completions).toEqual([FILE_BYTES]);
    }
    for (const { endpoint } of echoing) expect(endpoint.ends).toEqual([]);
    expect(kernel.faults).toBeGreaterThan(40);
  });

  it('where a handler throws, what was closed before that is told to nobody who has its number then', () => {
    const from = use(new FaultyKernel());
    const { dispatcher } = from;
    const { descriptor, port } = from.listen();
    const [first, closed] = [from.connect(), from.connect()];
    const heard: { socket: number; endpoint: Recorder }[] = [];
    dispatcher.accept(descriptor, {
      accepted(socket) {
        const endpoint = new Recorder(from.arena);
        heard.push({ socket, endpoint });
        dispatcher.add(socket, endpoint);
      },
      acceptFailed: () => {},
      acceptingEnded: () => {},
    });
    first.endpoint.onSent = () => {
      dispatcher.close(closed.ours);
      throw new Error('a mistake');
    };
    from.client(port);
    const { offset, length } = from.place('an answer');
    dispatcher.pauseAccepting(descriptor);
    dispatcher.send(first.ours, offset, length);
    dispatcher.send(closed.ours, offset, length);
    expect(() => from.settle()).toThrow('a mistake');
    dispatcher.resumeAccepting(descriptor);
    from.settle();
    expect(heard.map(({ socket }) => socket)).toEqual([closed.ours]);
    expect(heard[0]?.endpoint.completions).toEqual([]);
    expect(closed.endpoint.completions).toEqual([]);
  });

  it('accepts every connection although some calls are interrupted or aborted', () => {
    const kernel = new FaultyKernel({ seed: 3, chance: 0.5 });
    const from = use(kernel);
    const heard = accepting(from);
    for (let peer = 0; peer < 100; peer++) from.client(heard.port);
    from.until(() => heard.sockets.length === 100);
    expect(heard.failures).toEqual([]);
    expect(kernel.faults).toBeGreaterThan(20);
    for (const socket of heard.sockets) close(socket);
  });

  it.each([EMFILE, ENFILE, ENOBUFS, ENOMEM])(
    'says once that accepting failed with error %i, and goes on later',
    (error) => {
      const kernel = new FaultyKernel();
      const from = use(kernel);
      const heard = accepting(from);
      kernel.script('accept4', -error);
      for (let peer = 0; peer < 3; peer++) from.client(heard.port);
      from.until(() => heard.failures.length > 0);
      const failed = Date.now();
      const { turns } = from.dispatcher.counts;
      // No timeout: the pause must end the wait.
      while (heard.sockets.length < 3) from.dispatcher.turn(-1);
      expect(Date.now() - failed).toBeGreaterThanOrEqual(ACCEPT_BACK_OFF_MILLISECONDS - 10);
      expect(from.dispatcher.counts.turns - turns).toBeLessThan(6);
      expect(heard.failures).toEqual([-error]);
      for (const socket of heard.sockets) close(socket);
    },
  );

  it('stays paused, or stopped, when a pause for shortage ends', () => {
    const kernel = new FaultyKernel();
    const from = use(kernel);
    const paused = accepting(from);
    const stopped = accepting(from);
    kernel.script('accept4', -EMFILE, -EMFILE);
    from.client(paused.port);
    from.client(stopped.port);
    from.until(() => paused.failures.length + stopped.failures.length === 2);
    from.dispatcher.pauseAccepting(paused.descriptor);
    from.dispatcher.stopAccepting(stopped.descriptor);
    const { turns } = from.dispatcher.counts;
    const end = Date.now() + 2 * ACCEPT_BACK_OFF_MILLISECONDS;
    while (Date.now() < end) from.dispatcher.turn(20);
    // Nor does it turn in vain: both have a connection waiting that nobody wants to hear of.
    expect(from.dispatcher.counts.turns - turns).toBeLessThan(30);
    expect([...paused.sockets, ...stopped.sockets]).toEqual([]);
    from.dispatcher.resumeAccepting(paused.descriptor);
    from.until(() => paused.sockets.length === 1);
    for (const socket of paused.sockets) close(socket);
  });

  it('accepts no more once its acceptor has paused', () => {
    const from = use(new FaultyKernel());
    const { descriptor, port } = from.listen();
    const sockets: number[] = [];
    const accepted = (socket: number): void => {
      sockets.push(socket);
      if (sockets.length === 3) from.dispatcher.pauseAccepting(descriptor);
    };
    from.dispatcher.accept(descriptor, { accepted, acceptFailed: () => {}, acceptingEnded: () => {} });
    for (let peer = 0; peer < 10; peer++) from.client(port);
    from.settle();
    expect(sockets).toHaveLength(3);
    for (const socket of sockets) close(socket);
  });

  it('resuming during a pause for shortage does not end it', () => {
    const kernel = new FaultyKernel();
    const from = use(kernel);
    const heard = accepting(from);
    kernel.script('accept4', -EMFILE);
    from.client(heard.port);
    from.until(() => heard.failures.length > 0);
    const failed = Date.now();
    from.dispatcher.pauseAccepting(heard.descriptor);
    from.dispatcher.resumeAccepting(heard.descriptor);
    from.until(() => heard.sockets.length === 1);
    expect(Date.now() - failed).toBeGreaterThanOrEqual(ACCEPT_BACK_OFF_MILLISECONDS - 10);
    for (const socket of heard.sockets) close(socket);
  });

  it('does not spin when a listener fails for good', () => {
    const kernel = new FaultyKernel();
    const from = use(kernel);
    const heard = accepting(from);
    kernel.script('accept4', ...Array(50).fill(-EINVAL));
    from.client(heard.port);
    const end = Date.now() + 3 * ACCEPT_BACK_OFF_MILLISECONDS;
    while (Date.now() < end) from.dispatcher.turn(50);
    expect(heard.failures.length).toBeGreaterThan(0);
    expect(heard.failures.length).toBeLessThan(6);
  });

  it.each([ECONNRESET, EPIPE])('reports a send that fails with error %i', (error) => {
    const kernel = new FaultyKernel();
    const from = use(kernel);
    const { ours, endpoint } = from.connect();
    const { offset, length } = from.place('lost');
    kernel.script('send', -EINTR, -error);
    from.dispatcher.send(ours, offset, length);
    expect(endpoint.events).toEqual([]);
    from.settle();
    expect(endpoint.completions).toEqual([-error]);
  });

  it('reports a send that fails after it had to wait', () => {
    const kernel = new FaultyKernel();
    const from = use(kernel);
    const { ours, endpoint } = from.connect();
    const { offset, length } = from.place('lost');
    kernel.script('send', -EAGAIN, -EAGAIN, -ECONNRESET);
    from.dispatcher.send(ours, offset, length);
    from.settle();
    expect(endpoint.completions).toEqual([-ECONNRESET]);
    expect(kernel.calls.send).toBe(3);
  });

  it('reports a file that cannot be read', () => {
    const kernel = new FaultyKernel();
    const from = use(kernel);
    const { ours, endpoint } = from.connect();
    kernel.script('sendfile', -EAGAIN, -EIO);
    from.dispatcher.sendFile(ours, 0, 0, file, 0, FILE_BYTES);
    from.settle();
    expect(endpoint.completions).toEqual([-EIO]);
  });

  it('reports a receive that fails, and does not receive again', () => {
    const kernel = new FaultyKernel();
    const from = use(kernel);
    const { peer, endpoint } = from.connect();
    kernel.script('recv', -EINTR, -EAGAIN, -ECONNRESET);
    peer.write('never heard');
    from.settle();
    expect(endpoint.ends).toEqual([-ECONNRESET]);
    expect(endpoint.length).toBe(0);
    expect(kernel.calls.recv).toBe(3);
  });

  it('sends at most a share of a file a turn', () => {
    const kernel = new FaultyKernel();
    const from = use(kernel);
    const { ours, peer, endpoint } = from.connect();
    const given: number[] = [];
    let turn = 0;
    // A socket that takes whatever it is offered.
    kernel.sendfile = (_socket, _file, _position, count) => {
      given[turn] = (given[turn] ?? 0) + count;
      return count;
    };
    const length = 4 * SEND_FILE_BYTES_PER_TURN + 5;
    endpoint.onReceived = () => from.dispatcher.sendFile(ours, 0, 0, file, 0, length);
    peer.write('begin');
    const start = Date.now();
    for (; endpoint.completions.length === 0 && turn < 20; turn++) from.dispatcher.turn(2_000);
    expect(Date.now() - start).toBeLessThan(1_000);
    expect(endpoint.completions).toEqual([length]);
    expect(given).toEqual([...Array(4).fill(SEND_FILE_BYTES_PER_TURN), 5]);
  });

  it('closes each descriptor exactly once', () => {
    const kernel = new FaultyKernel({ seed: 9, chance: 0.2 });
    const from = use(kernel);
    const connections = Array.from({ length: 20 }, () => from.connect());
    for (const { ours, endpoint } of connections) endpoint.onReceived = () => from.dispatcher.close(ours);
    for (const { peer } of connections.slice(0, 10)) peer.write('x');
    from.until(() => kernel.closed.length === 10);
    from.destroyDispatcher();
    expect(kernel.closed.sort((a, b) => a - b)).toEqual(connections.map(({ ours }) => ours).sort((a, b) => a - b));
  });

  it('costs one receive and one send for a request on a connection that stays, and no change of what is watched', () => {
    const kernel = new FaultyKernel();
    let changes = 0;
    fixture = new Fixture((arena) => {
      const dispatcher = new Backend({ arena, calls: kernel });
      // What the three backends implement is protected: only here does anybody look at it.
      const methods = dispatcher as unknown as Record<string, (...parameters: number[]) => void>;
      for (const name of ['watchFor', 'change', 'forget']) {
        const method = methods[name] as (...parameters: number[]) => void;
        methods[name] = (...parameters) => {
          changes++;
          method.apply(dispatcher, parameters);
        };
      }
      return dispatcher;
    });
    const from = fixture;
    const connections = Array.from({ length: 16 }, () => from.connect());
    const answer = from.place('an answer');
    for (const { ours, endpoint } of connections) {
      endpoint.onReceived = () => {
        from.dispatcher.deadline(ours, 5_000);
        from.dispatcher.send(ours, answer.offset, answer.length);
      };
      endpoint.onSent = () => from.dispatcher.deadline(ours, 60_000);
    }
    from.dispatcher.turn(0);
    changes = 0;
    const { turns } = from.dispatcher.counts;
    for (let request = 1; request <= 10; request++) {
      for (const { peer } of connections) peer.write('a request');
      from.dispatcher.turn(1_000);
      for (const { peer, endpoint } of connections) {
        expect(endpoint.completions).toHaveLength(request);
        peer.read();
      }
    }
    expect(from.dispatcher.counts.turns - turns).toBe(10);
    expect(changes).toBe(0);
    expect(kernel.calls).toEqual({ accept4: 0, recv: 160, send: 160, sendfile: 0, shutdown: 0, close: 0 });
  });
});
