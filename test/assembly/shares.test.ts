/** What the options come to for each of those who share a server's work. */
import { describe, expect, it } from 'vitest';
import { limitsOf, settingsOf, shareCache, shareDescriptors } from '../../src/assembly/shares.js';
import { completeOptions, type ServerOptions } from '../../src/config/options.js';
import { descriptorLimit } from '../../src/linux/limits.js';
import { DEFAULT_SITE_SETTINGS } from '../../src/site/settings.js';

const MEBIBYTE = 1_048_576;

function options(some: Partial<ServerOptions>): ServerOptions {
  return completeOptions(some);
}

describe('the memory for the cache', () => {
  it.each([1, 2, 3, 16])('is shared out equally by %i', (sharers) => {
    const { cacheBytes } = shareCache(options({ cacheBytes: 128 * MEBIBYTE }), sharers);
    expect(cacheBytes).toBe(Math.floor((128 * MEBIBYTE) / sharers));
  });

  it('never comes to so little that nothing could be kept', () => {
    const some = options({ cacheBytes: MEBIBYTE, cachedFileBytes: MEBIBYTE });
    const { cacheBytes, cachedFileBytes } = shareCache(some, 512);
    expect(cacheBytes).toBe(262_144);
    expect(cachedFileBytes).toBeLessThanOrEqual(cacheBytes);
  });

  it('decides how large a file it keeps', () => {
    const some = options({ cacheBytes: 4 * MEBIBYTE, cachedFileBytes: 2 * MEBIBYTE });
    expect(shareCache(some, 1).cachedFileBytes).toBe(2 * MEBIBYTE);
    expect(shareCache(some, 4).cachedFileBytes).toBe(MEBIBYTE);
  });
});

describe('descriptors', () => {
  it('are as many as were asked for, where the kernel gives so many', () => {
    const some = options({ maxConnections: 10, openFiles: 20 });
    expect(shareDescriptors(some, 1, 1)).toEqual({ connections: 10, openFiles: 20 });
  });

  it('are shared out, but nobody is left without any', () => {
    const some = options({ maxConnections: 10, openFiles: 20 });
    expect(shareDescriptors(some, 4, 4)).toEqual({ connections: 2, openFiles: 5 });
    expect(shareDescriptors(some, 256, 256)).toEqual({ connections: 1, openFiles: 1 });
  });

  it('are each process’s own, but the connections are those of the whole server', () => {
    const some = options({ maxConnections: 10, openFiles: 20 });
    expect(shareDescriptors(some, 4, 1)).toEqual({ connections: 2, openFiles: 20 });
  });

  it('are never more than the process may have', () => {
    const some = options({ maxConnections: 1_048_576, openFiles: 1_048_576 });
    for (const inProcess of [1, 2, 7]) {
      const { connections, openFiles } = shareDescriptors(some, 7, inProcess);
      expect(inProcess * (connections + openFiles)).toBeLessThan(descriptorLimit());
      expect(openFiles).toBeLessThan(connections);
    }
  });
});

describe('the settings of the site', () => {
  it('are the options of the same names, and nothing else', () => {
    expect(settingsOf(options({}))).toEqual(DEFAULT_SITE_SETTINGS);
    expect(settingsOf(options({ compress: true, cors: true, port: 5 }))).toEqual({
      ...DEFAULT_SITE_SETTINGS,
      compress: true,
      corsOrigins: ['*'],
    });
  });
});

describe('limits', () => {
  it('are those of the options', () => {
    const limits = limitsOf(
      options({
        maxTargetBytes: 1001,
        maxHeaderBytes: 2002,
        maxHeaderCount: 33,
        maxBodyBytes: 44,
        headerTimeoutMilliseconds: 55,
        bodyTimeoutMilliseconds: 66,
        keepAliveTimeoutMilliseconds: 77,
        writeTimeoutMilliseconds: 88,
      }),
    );
    expect(limits).toMatchObject({
      head: { requestLineBytes: 1001, headerBytes: 2002, headerCount: 33 },
      bodyBytes: 44,
      headerTimeout: 55,
      bodyTimeout: 66,
      keepAliveTimeout: 77,
      writeTimeout: 88,
    });
  });

  it('let a connection ask for others only where others have to wait for it', () => {
    expect(limitsOf(options({ model: 'event' })).keepAliveRequests).toBe(Number.POSITIVE_INFINITY);
    for (const model of ['process', 'thread'] as const) {
      expect(limitsOf(options({ model })).keepAliveRequests).toBe(100);
      expect(limitsOf(options({ model, keepAliveRequests: 7 })).keepAliveRequests).toBe(7);
      expect(limitsOf(options({ model })).keepAliveTimeout).toBe(5000);
    }
  });
});
