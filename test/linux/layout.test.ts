/** Struct layouts: a wrong size or offset is found when the file that writes it down is loaded. */
import { describe, expect, it } from 'vitest';
import { assertLayout } from '../../src/linux/layout.js';

const members = { events: 'uint32_t', data: 'uint64_t' };

describe('assertLayout', () => {
  it('accepts what a compiler would lay out', () => {
    expect(() => assertLayout('padded', members, 16, { events: 0, data: 8 })).not.toThrow();
    expect(() => assertLayout('packed', members, 12, { events: 0, data: 4 }, true)).not.toThrow();
  });

  it('refuses a wrong size and a wrong offset, naming the struct', () => {
    expect(() => assertLayout('epoll_event', members, 12, {})).toThrow('struct epoll_event has 16 bytes here, not 12');
    expect(() => assertLayout('epoll_event', members, 16, { data: 4 })).toThrow('data is at 8 here, not at 4');
  });
});
