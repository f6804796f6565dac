/** What the options come to for each of those who share a server's work: limits, descriptors, memory for the cache. */
import type { ServerOptions } from '../config/options.js';
import type { ConnectionLimits } from '../connection/service.js';
import { descriptorLimit } from '../linux/limits.js';
import { DEFAULT_SITE_SETTINGS, type SiteSettings } from '../site/settings.js';

/** Descriptors that are no connections: standard streams, Node's own, listeners, rings, the directory. */
const OTHER_DESCRIPTORS = 64;
/** A cache with less memory than that would hold nothing. */
const LEAST_CACHE_BYTES = 262_144;

/** How the site answers: the options of the same names. */
export function settingsOf(options: ServerOptions): SiteSettings {
  const given: Partial<SiteSettings> = options;
  const names = Object.keys(DEFAULT_SITE_SETTINGS) as (keyof SiteSettings)[];
  return Object.fromEntries(
    names.map((name) => [name, given[name] ?? DEFAULT_SITE_SETTINGS[name]]),
  ) as unknown as SiteSettings;
}

export function limitsOf(options: ServerOptions): ConnectionLimits {
  return {
    head: {
      requestLineBytes: options.maxTargetBytes,
      headerBytes: options.maxHeaderBytes,
      headerCount: options.maxHeaderCount,
    },
    bodyBytes: options.maxBodyBytes,
    headerTimeout: options.headerTimeoutMilliseconds,
    bodyTimeout: options.bodyTimeoutMilliseconds,
    keepAliveTimeout: options.keepAliveTimeoutMilliseconds,
    writeTimeout: options.writeTimeoutMilliseconds,
    bodyRate: options.minBodyRate,
    sendRate: options.minSendRate,
    connectionRequests: options.connectionRequests === 0 ? Number.POSITIVE_INFINITY : options.connectionRequests,
    // Where everybody is served beside the others there is nobody to make room for.
    keepAliveRequests: options.model === 'event' ? Number.POSITIVE_INFINITY : options.keepAliveRequests,
  };
}

/**
 * How many connections one of `sharers` loops or workers may have, and how many files it may keep open. Connections are
 * shared out among all of them, descriptors among the `inProcess` that have one process: open files get at most a quarter.
 */
export function shareDescriptors(
  options: ServerOptions,
  sharers: number,
  inProcess: number,
): { connections: number; openFiles: number } {
  const available = Math.max(2, descriptorLimit() - OTHER_DESCRIPTORS);
  const openFiles = Math.min(options.openFiles, Math.floor(available / 4));
  const connections = Math.min(options.maxConnections / sharers, (available - openFiles) / inProcess);
  return {
    connections: Math.max(1, Math.floor(connections)),
    openFiles: Math.max(1, Math.floor(openFiles / inProcess)),
  };
}

/** The memory of one of `sharers` private caches, and the largest file that it keeps, in bytes. */
export function shareCache(options: ServerOptions, sharers: number): { cacheBytes: number; cachedFileBytes: number } {
  const cacheBytes = Math.max(LEAST_CACHE_BYTES, Math.floor(options.cacheBytes / sharers));
  return { cacheBytes, cachedFileBytes: Math.min(options.cachedFileBytes, cacheBytes) };
}
