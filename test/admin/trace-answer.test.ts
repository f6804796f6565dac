/** POST /trace on the admin listener, for a server that records nothing: who may ask, and for what. */
import { request } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type AdminListener, startAdmin } from '../../src/admin/admin-listener.js';
import { QUIET } from '../metrics/quiet.js';
import { eventually } from '../models/scripts.js';

let asked: number[];
let signal: AbortSignal | undefined;
/** What the server gives; undefined: another one is under way. */
let pieces: Iterable<string> | undefined;
let admin: AdminListener;

beforeEach(async () => {
  asked = [];
  signal = undefined;
  pieces = ['{"a', '":1}\n'];
  admin = await startAdmin('127.0.0.1', 0, {
    ready: true,
    metrics: () => QUIET,
    trace: async (milliseconds, gone) => {
      asked.push(milliseconds);
      signal = gone;
      return pieces;
    },
  });
});

afterEach(() => admin.close());

interface Answer {
  readonly status: number;
  readonly allow: string | undefined;
  readonly text: string;
}

function ask(path: string, headers: Readonly<Record<string, string>> = {}, method = 'POST'): Promise<Answer> {
  return askAt(admin.url, path, headers, method);
}

function askAt(
  url: string,
  path: string,
  headers: Readonly<Record<string, string>> = {},
  method = 'POST',
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asking = request(`${url}${path}`, { method, headers, agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (piece: string) => {
        text += piece;
      });
      const { statusCode = 0, headers: fields } = response;
      response.on('end', () => resolve({ status: statusCode, allow: fields.allow, text }));
    });
    asking.on('error', reject).end();
  });
}

describe('a trace', () => {
  it.each([
    ['trace?seconds=1', 1000],
    ['trace?seconds=60', 60_000],
    ['trace?seconds=07', 7000],
    ['trace', 5000],
  ])('%s is recorded for %i ms and given piece by piece', async (path, milliseconds) => {
    expect(await ask(path)).toMatchObject({ status: 200, text: '{"a":1}\n' });
    expect(asked).toEqual([milliseconds]);
  });

  it.each(['seconds=0', 'seconds=61', 'seconds=-1', 'seconds=1.5', 'seconds=', 'seconds=1&seconds=2', 'second=1'])(
    'is refused for ?%s',
    async (query) => {
      const sentence = 'seconds must be a whole number from 1 to 60, as in /trace?seconds=5.\n';
      expect(await ask(`trace?${query}`)).toMatchObject({ status: 400, text: sentence });
      expect(asked).toEqual([]);
    },
  );

  it('is refused while another one is recorded', async () => {
    pieces = undefined;
    expect((await ask('trace')).status).toBe(409);
  });

  it.each(['GET', 'HEAD', 'PUT'])('is not there for %s, which could come from anywhere', async (method) => {
    expect(await ask('trace', {}, method)).toMatchObject({ status: 405, allow: 'POST' });
    expect(asked).toEqual([]);
  });

  it('is recorded for no longer than somebody waits for it', async () => {
    let begin: (begun: Iterable<string>) => void = () => {};
    const never = new Promise<Iterable<string>>((resolve) => {
      begin = resolve;
    });
    const patient = await startAdmin('127.0.0.1', 0, {
      ready: true,
      metrics: () => QUIET,
      trace: (_milliseconds, gone) => {
        signal = gone;
        return never;
      },
    });
    const asking = request(`${patient.url}trace`, { method: 'POST', agent: false }).on('error', () => {});
    asking.end();
    await eventually(() => signal !== undefined);
    expect(signal?.aborted).toBe(false);
    asking.destroy();
    await eventually(() => signal?.aborted === true);
    begin(['{}']);
    await patient.close();
  });
});

describe('a page in a browser', () => {
  it.each([
    [{ origin: 'https://evil.example' }],
    [{ origin: 'null' }],
    [{ 'sec-fetch-site': 'cross-site' }],
    [{ 'sec-fetch-site': 'same-site' }],
    [{ host: 'evil.example' }],
  ])('with %j may not ask for one', async (headers) => {
    expect((await ask('trace', headers as unknown as Record<string, string>)).status).toBe(403);
    expect(asked).toEqual([]);
  });

  it('of the listener itself may', async () => {
    const origin = admin.url.slice(0, -1);
    expect((await ask('trace', { origin, 'sec-fetch-site': 'same-origin' })).status).toBe(200);
  });
});

describe('the end of the listener', () => {
  it('waits for a trace that is being given', async () => {
    let give: (() => void) | undefined;
    const given = new Promise<void>((resolve) => {
      give = resolve;
    });
    const ending = await startAdmin('127.0.0.1', 0, {
      ready: true,
      metrics: () => QUIET,
      trace: async () => {
        await given;
        return Array.from({ length: 100 }, () => 'x'.repeat(10_000));
      },
    });
    const answer = askAt(ending.url, 'trace');
    await eventually(async () => (await fetch(ending.url)).ok);
    const closed = ending.close();
    give?.();
    expect((await answer).text.length).toBe(1_000_000);
    await closed;
  });

  it('leaves no listener behind for each piece that had to wait', async () => {
    const warnings: Error[] = [];
    const warned = (warning: Error): void => void warnings.push(warning);
    process.on('warning', warned);
    pieces = Array.from({ length: 50 }, () => 'x'.repeat(1_000_000));
    expect((await ask('trace')).text.length).toBe(50_000_000);
    await new Promise(setImmediate);
    process.off('warning', warned);
    expect(warnings).toEqual([]);
  });
});
