/** Lines that the kernel makes slow: what it is told, what is said where it cannot, and that nobody stays in the network. */
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { loadHere } from '../../src/compare/load/load-here.js';
import { distanceCommands, laySlowLines, lineCommands } from '../../src/compare/measurement/slow-lines.js';

const RATE = 100_000;
const LINES = {
  ...{ slowConnections: 2, slowBytesPerSecond: RATE, slowLines: 'shaped' },
  ...{ slowDelayMilliseconds: 0, slowLossPercent: 0 },
};
const FAR = { ...LINES, slowDelayMilliseconds: 40, slowLossPercent: 0.5 };

const network = (): string => readlinkSync('/proc/thread-self/ns/net');
const before = network();
/** Whether it can be done here: as root, with iproute2 and a kernel that has it. */
const tried = laySlowLines(LINES);
tried.leave();

const folder = mkdtempSync(join(tmpdir(), 'amped-lines-'));
afterAll(() => rmSync(folder, { recursive: true }));
afterEach(() => {
  vi.unstubAllEnvs();
  expect(network()).toBe(before);
});

/** Puts a shell script in the place of tc. */
function asTc(script: string): void {
  const path = join(folder, 'tc');
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
  vi.stubEnv('PATH', `${folder}:${process.env.PATH}`);
}

describe('what the kernel is told', () => {
  const commands = lineCommands({ ...LINES, slowConnections: 300 }).split('\n');

  it('is a class of its own for each line, and which address is at its end', () => {
    const classes = commands.flatMap((line) => /^class .* classid 1:(\S+) htb rate 100000bps /.exec(line)?.[1] ?? []);
    expect([classes.length, new Set(classes).size, classes[0], classes[299]]).toEqual([300, 300, '1', '12c']);
    expect(commands.find((line) => line.endsWith('flowid 1:12c'))).toMatch(/ ht 2:2b: match ip dst 127\.1\.1\.43\/32 /);
  });

  it('is how far it is, where it is far', () => {
    expect(distanceCommands(FAR).split('\n')).toEqual([
      'qdisc add dev lo parent 1:1 netem delay 40ms loss 0.5%',
      'qdisc add dev lo parent 1:2 netem delay 40ms loss 0.5%',
      '',
    ]);
    expect(distanceCommands({ ...FAR, slowLossPercent: 0 })).toMatch(/^qdisc add dev lo parent 1:1 netem delay 40ms\n/);
  });
});

it('nothing is made where nobody asks for it', () => {
  for (const lines of [
    { ...LINES, slowConnections: 0 },
    { ...LINES, slowLines: 'paced' },
  ]) {
    expect(laySlowLines(lines)).toMatchObject({ addresses: undefined, told: '' });
  }
});

if (process.getuid?.() === 0) {
  describe('as root', () => {
    it('lines are paced where the kernel has no such queue discipline, and the sentence says what was missing', () => {
      asTc('echo "Error: Specified qdisc kind is unknown." >&2; exit 2');
      const { addresses, told } = laySlowLines(LINES);
      expect(addresses).toBeUndefined();
      expect(told).toBe(
        'The slow lines were not shaped but paced in the client, without delay and loss: tc says: Specified qdisc kind is unknown.',
      );
    });

    it('they have their rate where only delay and loss are not to be had', () => {
      asTc('if grep -q netem; then echo "Error: Specified qdisc kind is unknown." >&2; exit 2; fi');
      const { addresses, told, leave } = laySlowLines(FAR);
      leave();
      expect(addresses).toEqual(['127.1.0.0', '127.1.0.1']);
      expect(told).toMatch(/\(htb\): 100,000 bytes a second each; delay and loss were not made, since netem is not/);
    });

    it('they have both where the kernel has both', () => {
      const log = join(folder, 'told');
      asTc(`cat >> ${log}`);
      const { told, leave } = laySlowLines(FAR);
      expect(network()).not.toBe(before);
      leave();
      expect(told).toMatch(/: 100,000 bytes a second each, 40 ms there and back, 0\.5 % of the packets lost\.$/);
      expect(readFileSync(log, 'utf8')).toBe(lineCommands(FAR) + distanceCommands(FAR));
    });
  });
}

if (tried.addresses !== undefined) {
  it('those at their ends get no more than the lines let through, and others as much as ever', async () => {
    const { addresses = [], leave } = laySlowLines(LINES);
    const server = createServer((_request, response) => void response.end(Buffer.alloc(20_000)));
    try {
      await once(server.listen(0, '127.0.0.1'), 'listening');
      const { port } = server.address() as AddressInfo;
      const result = await loadHere({
        url: `http://127.0.0.1:${port}`,
        targets: [{ path: '/', length: 20_000 }],
        slowReaders: { count: 2, localAddresses: addresses },
        seconds: 1,
      });
      const { bytes = 0, answered = 0 } = result.slowReaders ?? {};
      expect(answered).toBeGreaterThan(0);
      // And what was in the line when it ended.
      expect(bytes).toBeLessThan(2 * RATE * result.measured.seconds + 20_000);
      expect(result.bytes - bytes).toBeGreaterThan(4 * RATE * result.measured.seconds);
    } finally {
      server.close();
      server.closeAllConnections();
      leave();
    }
  });
}
