/** Accepting: every connection once, non-blocking and close-on-exec; pausing and stopping; a share a turn. */
import { expect } from 'vitest';
import { ACCEPTS_PER_TURN, type Acceptor } from '../../../src/dispatcher/dispatcher.js';
import { accept4, close } from '../../../src/linux/sockets.js';
import { flagsOf, optionOf } from '../peers.js';
import { Recorder } from '../recorder.js';
import type { Case } from './cases.js';

const F_GETFD = 1;
const F_GETFL = 3;
const FD_CLOEXEC = 1;
const O_NONBLOCK = 0o4000;
const IPPROTO_TCP = 6;
const TCP_NODELAY = 1;

class Collector implements Acceptor {
  readonly sockets: number[] = [];
  readonly failures: number[] = [];
  /** Listeners of which no more will come. */
  readonly ended: number[] = [];
  onAccepted: ((socket: number) => void) | undefined;

  accepted(socket: number): void {
    this.sockets.push(socket);
    this.onAccepted?.(socket);
  }

  acceptFailed(error: number): void {
    this.failures.push(error);
  }

  acceptingEnded(listener: number): void {
    this.ended.push(listener);
  }

  close(): void {
    for (const socket of this.sockets.splice(0)) close(socket);
  }
}

export function acceptingCases(test: Case): void {
  test('accepts sockets that do not block, close on exec and do not delay', (fixture) => {
    const { descriptor, port } = fixture.listen();
    const acceptor = new Collector();
    fixture.dispatcher.accept(descriptor, acceptor);
    fixture.client(port);
    expect(acceptor.sockets).toEqual([]);
    fixture.until(() => acceptor.sockets.length === 1);
    const socket = acceptor.sockets[0] as number;
    expect(flagsOf(socket, F_GETFD) & FD_CLOEXEC).toBe(FD_CLOEXEC);
    expect(flagsOf(socket, F_GETFL) & O_NONBLOCK).toBe(O_NONBLOCK);
    expect(optionOf(socket, IPPROTO_TCP, TCP_NODELAY)).toBe(1);
    expect(fixture.dispatcher.counts.accepts).toBe(1);
    acceptor.close();
  });

  test('accepts hundreds that came at once, each once', (fixture) => {
    const { descriptor, port } = fixture.listen();
    const acceptor = new Collector();
    const peers = Array.from({ length: 300 }, () => fixture.client(port));
    fixture.dispatcher.accept(descriptor, acceptor);
    fixture.until(() => acceptor.sockets.length >= peers.length);
    fixture.settle();
    expect(new Set(acceptor.sockets).size).toBe(300);
    expect(acceptor.sockets).toHaveLength(300);
    expect(acceptor.failures).toEqual([]);
    acceptor.close();
  });

  test('accepts at most a share a turn', (fixture) => {
    const { descriptor, port } = fixture.listen();
    const acceptor = new Collector();
    for (let peer = 0; peer < 3 * ACCEPTS_PER_TURN; peer++) fixture.client(port);
    fixture.dispatcher.accept(descriptor, acceptor);
    for (let turn = 1; turn <= 3; turn++) {
      fixture.dispatcher.turn(1_000);
      expect(acceptor.sockets.length).toBeLessThanOrEqual(turn * ACCEPTS_PER_TURN);
      expect(acceptor.sockets.length).toBeGreaterThan(0);
    }
    acceptor.close();
  });

  test('hands a connection over with what it has sent already', (fixture) => {
    const { descriptor, port } = fixture.listen();
    const acceptor = new Collector();
    const endpoints: Recorder[] = [];
    acceptor.onAccepted = (socket) => {
      const endpoint = new Recorder(fixture.arena);
      fixture.dispatcher.add(socket, endpoint);
      fixture.echo({ ours: socket, endpoint }, 4096);
      endpoints.push(endpoint);
    };
    fixture.dispatcher.accept(descriptor, acceptor);
    const peers = Array.from({ length: 50 }, (_, index) => {
      const peer = fixture.client(port);
      peer.write(`hello ${index}`);
      return peer;
    });
    fixture.until(() => peers.every((peer, index) => peer.read().text === `hello ${index}`));
    expect(endpoints).toHaveLength(50);
  });

  test('several listeners, each with its acceptor', (fixture) => {
    const listeners = Array.from({ length: 3 }, () => ({ ...fixture.listen(), acceptor: new Collector() }));
    for (const { descriptor, acceptor } of listeners) fixture.dispatcher.accept(descriptor, acceptor);
    for (const [index, { port }] of listeners.entries()) {
      for (let peer = 0; peer <= index; peer++) fixture.client(port);
    }
    fixture.until(() => listeners.every(({ acceptor }, index) => acceptor.sockets.length === index + 1));
    for (const { acceptor } of listeners) acceptor.close();
  });

  test('a paused listener accepts nothing until it is resumed', (fixture) => {
    const { dispatcher } = fixture;
    const { descriptor, port } = fixture.listen();
    const acceptor = new Collector();
    dispatcher.accept(descriptor, acceptor);
    fixture.settle();
    dispatcher.pauseAccepting(descriptor);
    dispatcher.pauseAccepting(descriptor);
    fixture.settle();
    for (let peer = 0; peer < 3; peer++) fixture.client(port);
    fixture.settle();
    expect(acceptor.sockets).toEqual([]);
    dispatcher.resumeAccepting(descriptor);
    dispatcher.resumeAccepting(descriptor);
    fixture.until(() => acceptor.sockets.length === 3);
    fixture.client(port);
    fixture.until(() => acceptor.sockets.length === 4);
    fixture.settle();
    expect(acceptor.sockets).toHaveLength(4);
    acceptor.close();
  });

  test('an acceptor may pause and resume at once', (fixture) => {
    const { dispatcher } = fixture;
    const { descriptor, port } = fixture.listen();
    const acceptor = new Collector();
    acceptor.onAccepted = () => {
      dispatcher.pauseAccepting(descriptor);
      dispatcher.resumeAccepting(descriptor);
    };
    dispatcher.accept(descriptor, acceptor);
    for (let peer = 0; peer < 20; peer++) {
      fixture.client(port);
      if (peer % 4 === 0) dispatcher.turn(0);
    }
    fixture.until(() => acceptor.sockets.length === 20);
    acceptor.close();
  });

  test('an acceptor that pauses gets at most what was under way', (fixture) => {
    const { dispatcher } = fixture;
    const { descriptor, port } = fixture.listen();
    const acceptor = new Collector();
    acceptor.onAccepted = () => dispatcher.pauseAccepting(descriptor);
    dispatcher.accept(descriptor, acceptor);
    fixture.settle();
    for (let peer = 0; peer < 10; peer++) fixture.client(port);
    fixture.until(() => acceptor.sockets.length > 0);
    fixture.settle();
    const before = acceptor.sockets.length;
    expect(before).toBeLessThanOrEqual(10);
    for (let peer = 0; peer < 5; peer++) fixture.client(port);
    fixture.settle();
    expect(acceptor.sockets).toHaveLength(before);
    acceptor.close();
  });

  test('nothing is accepted after stopping, and the port may be given up', (fixture) => {
    const { dispatcher } = fixture;
    const { descriptor, port } = fixture.listen();
    const acceptor = new Collector();
    dispatcher.accept(descriptor, acceptor);
    fixture.client(port);
    fixture.until(() => acceptor.sockets.length === 1);
    dispatcher.stopAccepting(descriptor);
    dispatcher.stopAccepting(descriptor);
    expect(acceptor.ended).toEqual([]);
    fixture.settle();
    expect(acceptor.ended).toEqual([descriptor]);
    fixture.client(port);
    fixture.settle();
    expect(acceptor.sockets).toHaveLength(1);
    dispatcher.resumeAccepting(descriptor);
    fixture.settle();
    expect(acceptor.sockets).toHaveLength(1);
    acceptor.close();
  });

  test('an acceptor may stop', (fixture) => {
    const { dispatcher } = fixture;
    const { descriptor, port } = fixture.listen();
    const acceptor = new Collector();
    acceptor.onAccepted = () => dispatcher.stopAccepting(descriptor);
    for (let peer = 0; peer < 5; peer++) fixture.client(port);
    dispatcher.accept(descriptor, acceptor);
    fixture.until(() => acceptor.ended.length === 1);
    fixture.settle();
    // What the kernel had accepted before it heard of it is handed over too.
    expect(acceptor.sockets.length).toBeGreaterThanOrEqual(1);
    expect(acceptor.ended).toEqual([descriptor]);
    acceptor.close();
  });

  test('a paused listener that is stopped hands over what was accepted before', (fixture) => {
    const { dispatcher } = fixture;
    const { descriptor, port } = fixture.listen();
    const acceptor = new Collector();
    acceptor.onAccepted = () => {
      if (acceptor.sockets.length === 1) dispatcher.pauseAccepting(descriptor);
    };
    for (let peer = 0; peer < 5; peer++) fixture.client(port);
    dispatcher.accept(descriptor, acceptor);
    fixture.until(() => acceptor.sockets.length === 1);
    fixture.settle();
    dispatcher.stopAccepting(descriptor);
    fixture.until(() => acceptor.ended.length === 1);
    const taken = acceptor.sockets.length;
    fixture.settle();
    expect(acceptor.sockets).toHaveLength(taken);
    acceptor.close();
  });

  test('nobody is lost when one of two who accept from a listener stops', (fixture) => {
    const { dispatcher } = fixture;
    const { descriptor, port } = fixture.listen();
    const acceptor = new Collector();
    acceptor.onAccepted = () => dispatcher.stopAccepting(descriptor);
    dispatcher.accept(descriptor, acceptor);
    const peers = Array.from({ length: 50 }, () => fixture.client(port));
    fixture.until(() => acceptor.ended.length === 1);
    // The other one: it finds in the queue whoever was not handed over here.
    const others: number[] = [];
    for (let socket = accept4(descriptor, 0); socket >= 0; socket = accept4(descriptor, 0)) others.push(socket);
    expect(acceptor.sockets.length + others.length).toBe(peers.length);
    for (const socket of others) close(socket);
    acceptor.close();
  });

  test('who stops for all is given whoever waits in the queue, before the end', (fixture) => {
    const { dispatcher } = fixture;
    const { descriptor, port } = fixture.listen();
    const acceptor = new Collector();
    dispatcher.accept(descriptor, acceptor);
    fixture.settle();
    const peers = Array.from({ length: 50 }, () => fixture.client(port));
    dispatcher.stopAccepting(descriptor, true);
    fixture.until(() => acceptor.ended.length === 1);
    expect(acceptor.sockets).toHaveLength(peers.length);
    acceptor.close();
  });

  test('whoever connects while one of two dispatchers stops is accepted by one of them', (fixture) => {
    const { descriptor, port } = fixture.listen();
    const [staying, leaving] = [new Collector(), new Collector()];
    const other = fixture.another();
    fixture.dispatcher.accept(descriptor, leaving);
    fixture.settle();
    other.accept(descriptor, staying);
    other.turn(0);
    fixture.client(port);
    fixture.dispatcher.stopAccepting(descriptor);
    fixture.until(() => leaving.ended.length === 1);
    for (let turn = 0; turn < 5 && staying.sockets.length === 0; turn++) other.turn(5);
    expect(leaving.sockets.length + staying.sockets.length).toBe(1);
    leaving.close();
    staying.close();
  });

  test('whoever waits for a listener and is not there any more keeps nobody from being accepted', (fixture) => {
    const { descriptor, port } = fixture.listen();
    const [gone, here] = [new Collector(), new Collector()];
    const other = fixture.another();
    other.accept(descriptor, gone);
    other.turn(0);
    // It turns no more, as if its thread had ended.
    fixture.dispatcher.accept(descriptor, here);
    fixture.settle();
    for (let peer = 1; peer <= 3; peer++) {
      fixture.client(port);
      fixture.until(() => here.sockets.length === peer);
    }
    here.close();
  });

  test('one that has no place leaves those who wait to others', (fixture) => {
    const { descriptor, port } = fixture.listen();
    const [full, free] = [new Collector(), new Collector()];
    full.onAccepted = () => fixture.dispatcher.pauseAccepting(descriptor);
    fixture.dispatcher.accept(descriptor, full);
    const other = fixture.another();
    other.accept(descriptor, free);
    for (let peer = 0; peer < 8; peer++) fixture.client(port);
    fixture.until(() => full.sockets.length === 1);
    fixture.settle();
    for (let turn = 0; turn < 50 && free.sockets.length < 7; turn++) other.turn(5);
    expect([full.sockets.length, free.sockets.length]).toEqual([1, 7]);
    full.close();
    free.close();
  });
}
