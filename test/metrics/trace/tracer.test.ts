/** What a thread records: slices that follow each other, slices within them, requests; and what a full ring keeps. */
import { hrtime } from 'node:process';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  ASKED,
  DISK_OPEN,
  DISK_READ,
  DISK_READ_NOW,
  NODE_LOOP,
  NOTHING,
  RECEIPT,
  SENT,
  WAIT_FOR_EVENTS,
  WAIT_IN_RECV,
} from '../../../src/metrics/trace/kinds.js';
import { CAPACITY, Rings } from './traced.js';

const ASKED_FOR = { bytes: Buffer.from('GET /index.html HTTP/1.1'), targetStart: 4, targetEnd: 15 };

let made: Rings;
beforeEach(() => {
  made = new Rings(2);
});
afterEach(() => made.destroy());

const names = (): string[] => made.trace().slices.map(({ name }) => name);

describe('a thread', () => {
  it('is always at one thing, and each ends where the next one begins', () => {
    const { tracer } = made;
    tracer.enter(WAIT_FOR_EVENTS);
    tracer.enter(RECEIPT, 7);
    tracer.enter(SENT, 8);
    tracer.enter(NOTHING);
    const { slices } = made.trace();
    expect(slices.map(({ name, args }) => [name, args])).toEqual([
      ['wait for events', { events: 0 }],
      ['receipt of a request', { socket: 7 }],
      ['completion of a send', { socket: 8 }],
    ]);
    for (const [index, { ts, dur }] of slices.slice(0, -1).entries()) {
      expect(ts + dur).toBeCloseTo(slices[index + 1]?.ts as number, 3);
    }
  });

  it('leaves a gap where nothing is worth a slice', () => {
    made.tracer.enter(WAIT_FOR_EVENTS);
    made.tracer.waited(3);
    made.tracer.enter(RECEIPT);
    const [wait, receipt] = made.trace().slices;
    expect(wait?.args).toEqual({ events: 3 });
    expect((wait?.ts ?? 0) + (wait?.dur ?? 0)).toBeLessThan(receipt?.ts as number);
  });

  it('is still at what has not ended when the trace is made', () => {
    made.tracer.enter(WAIT_IN_RECV, 5);
    const [first] = made.trace().slices;
    const [second] = made.trace().slices;
    expect(second?.dur).toBeGreaterThan(first?.dur as number);
  });

  it('tells what it did before the recording only as far as it went on', () => {
    made.tracer.enter(SENT);
    made.tracer.enter(WAIT_FOR_EVENTS);
    const began = hrtime.bigint();
    made.tracer.enter(RECEIPT);
    const { slices } = made.trace(began);
    expect(slices.map(({ name }) => name)).toEqual(['wait for events', 'receipt of a request']);
    expect(slices[0]?.ts).toBe(0);
  });

  it('begins anew with a new recording, whatever somebody began after the last one', () => {
    made.tracer.enter(RECEIPT);
    made.tracer.renew();
    const began = hrtime.bigint();
    made.tracer.enter(SENT);
    expect(made.trace(began).slices.map(({ name }) => name)).toEqual(['completion of a send']);
  });
});

describe('slices within others', () => {
  it('end before them, and may turn out to be something else', () => {
    const { tracer } = made;
    tracer.enter(RECEIPT);
    tracer.beginHandler(false);
    const read = tracer.begin(DISK_READ_NOW, 9);
    tracer.end(read, DISK_READ_NOW + ASKED);
    tracer.handled();
    tracer.enter(NOTHING);
    expect(names()).toEqual(['receipt of a request', 'static site', 'ask for read']);
  });

  it('in which something has thrown are left out', () => {
    made.tracer.enter(RECEIPT);
    made.tracer.begin(DISK_OPEN);
    expect(names()).toEqual(['receipt of a request', 'open']);
    made.tracer.enter(NODE_LOOP);
    expect(names()).toEqual(['receipt of a request', "Node's own loop"]);
  });

  it('of helpers have tracks of their own', () => {
    const { tracer } = made;
    tracer.enter(RECEIPT);
    const request = tracer.beginRequest(ASKED_FOR);
    const now = hrtime.bigint();
    tracer.enter(DISK_READ);
    tracer.helped(DISK_OPEN, now, now + 1000n, request, 3, 4711);
    tracer.diskCompleted(request);
    const { threads, slices } = made.trace();
    expect(threads.get(4711)).toBe('helper 3 of loop 1');
    expect(slices.find(({ tid }) => tid === 4711)?.args).toEqual({ request });
  });
});

describe('requests', () => {
  it('are followed from slice to slice', () => {
    const { tracer } = made;
    tracer.enter(RECEIPT);
    const first = tracer.beginRequest(ASKED_FOR);
    tracer.beginHandler(true);
    tracer.handled();
    tracer.enter(RECEIPT);
    const second = tracer.beginRequest(ASKED_FOR);
    tracer.enter(SENT);
    tracer.mark(first);
    tracer.enter(SENT);
    tracer.mark(second);
    const { flows } = made.trace();
    expect([...flows.values()].map((steps) => steps.map(({ ph }) => ph).join(''))).toEqual(['stf', 'sf']);
  });

  it('say what they ask for, as far as there is room', () => {
    const { tracer } = made;
    const long = Buffer.from('GET /a-"name"-that-is-longer HTTP/1.1');
    for (const asked of [ASKED_FOR, { bytes: long, targetStart: 4, targetEnd: 28 }]) {
      tracer.enter(RECEIPT);
      tracer.beginRequest(asked);
      tracer.beginHandler(false);
      tracer.handled();
    }
    const { slices } = made.trace();
    expect(slices.filter(({ cat }) => cat === 'handler').map(({ args }) => args.target)).toEqual([
      '/index.html',
      '/a-"name"-that-i...',
    ]);
  });

  it('that come one after the other in one slice cut it in two', () => {
    const { tracer } = made;
    tracer.enter(SENT);
    tracer.mark(tracer.beginRequest(ASKED_FOR));
    tracer.beginRequest(ASKED_FOR);
    const { slices } = made.trace();
    expect(slices.map(({ name }) => name)).toEqual(['completion of a send', 'next request']);
    expect(slices.map(({ args }) => args.request)).toEqual([1, 3]);
  });

  it('never cut what another slice lies in', () => {
    const { tracer } = made;
    tracer.enter(RECEIPT);
    tracer.beginRequest(ASKED_FOR);
    tracer.beginHandler(true);
    tracer.beginRequest(ASKED_FOR);
    tracer.handled();
    expect(names()).toEqual(['receipt of a request', 'application']);
  });

  it('of several threads have different numbers', () => {
    for (const tracer of made.tracers) {
      tracer.enter(RECEIPT);
      tracer.beginRequest(ASKED_FOR);
      tracer.enter(SENT);
      tracer.mark(1);
    }
    expect([...made.trace().flows.keys()].sort()).toEqual([1, 2]);
  });

  it('that go on in a wait stay the same', () => {
    const { tracer } = made;
    tracer.enter(RECEIPT);
    const request = tracer.beginRequest(ASKED_FOR);
    tracer.goOn(WAIT_IN_RECV, 5);
    expect(tracer.request).toBe(request);
  });
});

describe('a full ring', () => {
  it('keeps the newest and says how many it has lost', () => {
    const { tracer } = made;
    for (let number = 0; number < 3 * CAPACITY; number++) tracer.enter(RECEIPT, number);
    const { slices, about } = made.trace();
    const lost = Number(about.eventsLost);
    expect(lost).toBeGreaterThanOrEqual(2 * CAPACITY);
    expect(lost + slices.length).toBe(3 * CAPACITY);
    expect(slices.at(-1)?.args.socket).toBe(3 * CAPACITY - 1);
  });

  it('still has whole flows, of those requests that left enough', () => {
    const { tracer } = made;
    for (let number = 0; number < CAPACITY; number++) {
      tracer.enter(RECEIPT);
      const request = tracer.beginRequest(ASKED_FOR);
      tracer.beginHandler(false);
      tracer.handled();
      tracer.enter(SENT);
      tracer.mark(request);
    }
    expect(made.trace().flows.size).toBeGreaterThan(CAPACITY / 5);
  });

  it('forgets a slice that began a whole round ago', () => {
    const { tracer } = made;
    tracer.enter(RECEIPT);
    const read = tracer.begin(DISK_OPEN);
    for (let number = 0; number < CAPACITY; number++) tracer.end(tracer.begin(DISK_READ_NOW));
    tracer.end(read);
    expect(() => made.trace()).not.toThrow();
  });

  it('knows whose records are left', () => {
    made.tracer.enter(RECEIPT);
    made.tracer.enter(NOTHING);
    made.rings[0]?.own(77, 78, 5);
    made.tracer.enter(SENT);
    const { slices, threads } = made.trace();
    expect(slices.map(({ pid, tid }) => [pid, tid])).toEqual([
      [1000, 2000],
      [77, 78],
    ]);
    expect(threads.get(78)).toBe('loop 6');
  });

  it('takes records whose owner is no longer known for nobody else’s: they are lost', () => {
    const [ring] = made.rings;
    made.tracer.enter(RECEIPT);
    made.tracer.enter(NOTHING);
    const before = ring?.total ?? 0;
    for (let owner = 1; owner <= 14; owner++) {
      ring?.own(5000, 5000 + owner, owner);
      made.tracer.enter(SENT);
      made.tracer.enter(NOTHING);
    }
    const { slices, about } = made.trace();
    expect(slices.map(({ tid }) => tid)).toEqual(Array.from({ length: 14 }, (_, index) => 5001 + index));
    expect(Number(about.eventsLost)).toBe(before);
  });
});
