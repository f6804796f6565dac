/** The ring in which lines wait: whole, in order, within its bounds. */
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RING_HEADER_BYTES } from '../../src/log/log-ring.js';
import { type Ring, ringOf } from './ring.js';

/** Room for so many bytes of lines. */
const ROOM = 64;

let ring: Ring;

beforeEach(() => {
  ring = ringOf(RING_HEADER_BYTES + ROOM);
});

afterEach(() => ring.region.destroy());

describe('LogRing', () => {
  it('gives what was put, in order, once', () => {
    expect(ring.taking.waiting()).toBe(0);
    ring.put('one');
    ring.put('two');
    expect(ring.taking.linesWaiting()).toBe(2);
    expect(ring.take()).toBe('one\ntwo\n');
    expect(ring.take()).toBe('');
    expect(ring.taking.linesWaiting()).toBe(0);
  });

  it('shows nothing of a line that is not whole', () => {
    expect(ring.putting.reserve(10)).toBe(true);
    ring.region.bytes.fill(65, ring.putting.at, ring.putting.at + 10);
    expect(ring.taking.waiting()).toBe(0);
  });

  it('begins again where there is no room behind, each line in one piece', () => {
    ring.put('a'.repeat(39));
    ring.take();
    ring.put('b'.repeat(20));
    ring.put('c'.repeat(30));
    // The third is longer than what is left behind the second.
    expect(ring.taking.waiting()).toBe(21);
    expect(ring.taking.linesWaiting()).toBe(2);
    expect(ring.take()).toBe(`${'b'.repeat(20)}\n${'c'.repeat(30)}\n`);
  });

  it('may be taken in part', () => {
    ring.put('abcdef');
    ring.taking.waiting();
    ring.taking.taken(3);
    expect(ring.taking.linesWaiting()).toBe(1);
    expect(ring.take()).toBe('def\n');
  });

  it('counts what was put, and what found no room', () => {
    for (let line = 0; line < 10; line++) ring.put('x'.repeat(15));
    expect(ring.putting.put).toBe(4);
    expect(ring.taking.dropped).toBe(6);
    ring.take();
    ring.put('again');
    expect(ring.taking.put).toBe(5);
    expect(ring.take()).toBe('again\n');
  });

  it('calls whoever takes once, when a quarter is full, until that is there', () => {
    expect(ring.put('x'.repeat(9))).toBe(false);
    expect(ring.put('x'.repeat(9))).toBe(true);
    expect(ring.put('x'.repeat(9))).toBe(false);
    ring.taking.answerCall();
    expect(ring.put('x'.repeat(9))).toBe(true);
  });

  it('neither loses, tears nor mixes anything, whatever is put and taken', () => {
    const steps = fc.array(fc.oneof(fc.integer({ min: 1, max: 40 }), fc.constant('take'), fc.constant('part')), {
      maxLength: 200,
    });
    fc.assert(
      fc.property(steps, (all) => {
        const each = ringOf(RING_HEADER_BYTES + ROOM);
        try {
          let expected = '';
          let seen = '';
          let number = 0;
          for (const step of all) {
            if (typeof step === 'number') {
              const text = String(number++ % 10).repeat(step);
              const before = each.putting.put;
              each.put(text);
              if (each.putting.put > before) expected += `${text}\n`;
            } else if (step === 'take') {
              seen += each.take();
            } else {
              const length = Math.ceil(each.taking.waiting() / 2);
              seen += Buffer.from(each.region.bytes.subarray(each.taking.at, each.taking.at + length)).toString();
              each.taking.taken(length);
            }
            expect(each.taking.linesWaiting()).toBe(expected.split('\n').length - seen.split('\n').length);
          }
          expect(seen + each.take()).toBe(expected);
          // Nothing is dropped for ever.
          each.put('x');
          expect(each.take()).toBe('x\n');
        } finally {
          each.region.destroy();
        }
      }),
    );
  });
});
