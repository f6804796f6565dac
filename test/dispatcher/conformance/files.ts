/** Sending files: head and file in order, all that was asked for or fewer when the file has no more, told once. */
import { closeSync, ftruncateSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect } from 'vitest';
import { ECONNRESET, EPIPE } from '../../../src/linux/errno.js';
import { numbered } from '../peers.js';
import type { Case } from './cases.js';

let directory = '';
const open: number[] = [];

/** A new file with these bytes at `position`, open for reading and writing. */
function fileOf(bytes: Uint8Array, position = 0): number {
  const file = openSync(join(directory, String(open.length)), 'w+');
  open.push(file);
  if (bytes.length > 0) writeSync(file, bytes, 0, bytes.length, position);
  return file;
}

export function fileCases(test: Case): void {
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'dispatcher-'));
  });
  afterEach(() => {
    for (const file of open.splice(0)) closeSync(file);
    rmSync(directory, { recursive: true });
  });

  test('a file behind its head', (fixture) => {
    const { ours, peer, endpoint } = fixture.connect();
    const head = fixture.place('the head;');
    const file = fileOf(Buffer.from('the contents'));
    fixture.dispatcher.sendFile(ours, head.offset, head.length, file, 0, 12);
    expect(endpoint.events).toEqual([]);
    fixture.until(() => endpoint.completions.length > 0);
    expect(endpoint.completions).toEqual([12]);
    fixture.until(() => peer.read().text === 'the head;the contents');
  });

  test('a large file reaches a slow reader intact', (fixture) => {
    const { ours, peer, endpoint } = fixture.connect();
    const bytes = numbered(11_000_000);
    const head = fixture.place('head');
    fixture.dispatcher.sendFile(ours, head.offset, head.length, fileOf(bytes), 0, bytes.length);
    fixture.until(() => peer.read(400_000).length === bytes.length + 4);
    expect(peer.bytes.subarray(4).equals(bytes)).toBe(true);
    fixture.settle();
    expect(endpoint.completions).toEqual([bytes.length]);
  });

  test('a part of a file, without a head', (fixture) => {
    const { ours, peer, endpoint } = fixture.connect();
    const bytes = numbered(300_000);
    fixture.dispatcher.sendFile(ours, 0, 0, fileOf(bytes), 100_001, 99_999);
    fixture.until(() => peer.read().length === 99_999);
    expect(peer.bytes.equals(bytes.subarray(100_001, 200_000))).toBe(true);
    fixture.until(() => endpoint.completions.length > 0);
    expect(endpoint.completions).toEqual([99_999]);
  });

  test('a part beyond four gibibytes', (fixture) => {
    const { ours, peer, endpoint } = fixture.connect();
    const position = 5 * 1024 ** 3 + 3;
    fixture.dispatcher.sendFile(ours, 0, 0, fileOf(Buffer.from('far out'), position), position, 7);
    fixture.until(() => endpoint.completions.length > 0);
    expect(endpoint.completions).toEqual([7]);
    fixture.until(() => peer.read().text === 'far out');
  });

  test('a part that begins where a word of the position has its sign', (fixture) => {
    const { ours, peer, endpoint } = fixture.connect();
    const position = 2 ** 31 + 5;
    fixture.dispatcher.sendFile(ours, 0, 0, fileOf(Buffer.from('across'), position), position, 6);
    fixture.until(() => endpoint.completions.length > 0);
    expect(endpoint.completions).toEqual([6]);
    fixture.until(() => peer.read().text === 'across');
  });

  test('a file that is shorter than it was said to be', (fixture) => {
    const { ours, peer, endpoint } = fixture.connect();
    const bytes = numbered(50_000);
    fixture.dispatcher.sendFile(ours, 0, 0, fileOf(bytes), 0, 70_000);
    fixture.until(() => endpoint.completions.length > 0);
    fixture.settle();
    expect(endpoint.completions).toEqual([50_000]);
    expect(peer.read().bytes.equals(bytes)).toBe(true);
  });

  test('a file that is cut while it is sent', (fixture) => {
    const { ours, peer, endpoint } = fixture.connect();
    const bytes = numbered(15_000_000);
    const file = fileOf(bytes);
    fixture.dispatcher.sendFile(ours, 0, 0, file, 0, bytes.length);
    fixture.settle();
    expect(endpoint.completions).toEqual([]);
    ftruncateSync(file, 14_000_000);
    fixture.until(() => {
      peer.read(500_000);
      return endpoint.completions.length > 0;
    });
    expect(endpoint.completions[0]).toBe(14_000_000);
    fixture.until(() => peer.read().length === 14_000_000);
    expect(peer.bytes.equals(bytes.subarray(0, 14_000_000))).toBe(true);
  });

  test('an empty file', (fixture) => {
    const { ours, peer, endpoint } = fixture.connect();
    const head = fixture.place('only a head');
    fixture.dispatcher.sendFile(ours, head.offset, head.length, fileOf(new Uint8Array(0)), 0, 100);
    fixture.until(() => endpoint.completions.length > 0);
    expect(endpoint.completions).toEqual([0]);
    fixture.until(() => peer.read().text === 'only a head');
  });

  test('two large files and small answers beside them', (fixture) => {
    const bytes = numbered(9_000_000);
    const file = fileOf(bytes);
    const large = [fixture.connect(), fixture.connect()];
    for (const { ours } of large) fixture.dispatcher.sendFile(ours, 0, 0, file, 0, bytes.length);
    const small = fixture.connect();
    fixture.echo(small);
    let answered = 0;
    small.peer.write('x');
    fixture.until(() => {
      for (const { peer } of large) peer.read(1_000_000);
      if (small.peer.read().length > answered) {
        answered = small.peer.length;
        small.peer.write('x');
      }
      return large.every(({ peer }) => peer.length === bytes.length);
    });
    for (const { peer } of large) expect(peer.bytes.equals(bytes)).toBe(true);
    expect(answered).toBeGreaterThan(3);
  });

  test('one file after another on the same connection, and a send between', (fixture) => {
    const { ours, peer, endpoint } = fixture.connect();
    const bytes = numbered(3_000_000);
    const file = fileOf(bytes);
    const between = fixture.place('between');
    endpoint.onSent = () => {
      const { length } = endpoint.completions;
      if (length === 1) fixture.dispatcher.send(ours, between.offset, between.length);
      if (length === 2) fixture.dispatcher.sendFile(ours, between.offset, between.length, file, 1_000_000, 1_000_000);
    };
    fixture.dispatcher.sendFile(ours, 0, 0, file, 0, bytes.length);
    fixture.until(() => {
      peer.read();
      return endpoint.completions.length === 3;
    });
    fixture.until(() => peer.read().length === 4_000_014);
    const expected = [bytes, Buffer.from('betweenbetween'), bytes.subarray(1_000_000, 2_000_000)];
    expect(peer.bytes.equals(Buffer.concat(expected))).toBe(true);
    expect(endpoint.completions).toEqual([3_000_000, 7, 1_000_000]);
  });

  test('a peer that goes away in the middle', (fixture) => {
    const { ours, peer, endpoint } = fixture.connect();
    const bytes = numbered(15_000_000);
    fixture.dispatcher.sendFile(ours, 0, 0, fileOf(bytes), 0, bytes.length);
    fixture.settle();
    peer.read(100_000);
    peer.reset();
    fixture.until(() => endpoint.completions.length > 0);
    fixture.settle();
    expect(endpoint.completions).toHaveLength(1);
    expect([-EPIPE, -ECONNRESET]).toContain(endpoint.completions[0]);
  });

  test('closing in the middle tells of nothing more', (fixture) => {
    const bytes = numbered(15_000_000);
    const file = fileOf(bytes);
    for (let round = 0; round < 5; round++) {
      const { ours, peer, endpoint } = fixture.connect();
      fixture.dispatcher.sendFile(ours, 0, 0, file, 0, bytes.length);
      for (let turn = 0; turn < round; turn++) fixture.dispatcher.turn(2);
      fixture.dispatcher.close(ours);
      const told = endpoint.events.length;
      fixture.until(() => {
        peer.read();
        return peer.ended || peer.error < 0;
      });
      fixture.settle();
      expect(endpoint.completions).toEqual([]);
      expect(endpoint.events.slice(told).filter((event) => event !== 'released')).toEqual([]);
    }
  });
}
