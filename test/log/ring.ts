/** A ring for tests, as each of those who use it sees it. */
import { LogRing } from '../../src/log/log-ring.js';
import { SharedRegion } from '../../src/memory/shared-region.js';

export interface Ring {
  readonly region: SharedRegion;
  /** Of whoever puts, and of whoever takes. */
  readonly putting: LogRing;
  readonly taking: LogRing;
  /** Puts a line of this text and its end, if there is room; whether whoever takes should be called. */
  put(text: string): boolean;
  /** Takes all that waits, in text. */
  take(): string;
}

export function ringOf(size: number): Ring {
  const region = SharedRegion.create(size);
  const putting = new LogRing(region, 0, size);
  const taking = new LogRing(region, 0, size);
  return {
    region,
    putting,
    taking,
    put(text) {
      const line = Buffer.from(`${text}\n`, 'latin1');
      if (!putting.reserve(line.length)) return false;
      region.bytes.set(line, putting.at);
      return putting.commit(line.length);
    },
    take() {
      let text = '';
      for (let length = taking.waiting(); length > 0; length = taking.waiting()) {
        text += Buffer.from(region.bytes.subarray(taking.at, taking.at + length)).toString('latin1');
        taking.taken(length);
      }
      return text;
    },
  };
}
