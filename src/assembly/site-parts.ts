/**
 * The parts of a site that only some servers have: what compresses, and the guard that asks for a password. They are loaded
 * where they are wanted: each worker would carry them otherwise.
 */
import type { ServerOptions } from '../config/options.js';
import type { Compressor } from '../site/compressor.js';
import type { GuardableSite } from '../site/guarded-site.js';
import type { PendingSite } from '../site/replaceable-site.js';

/** What compresses, where that is wanted; `waits`: whoever serves waits for the outcome. */
export async function compressorOf({ compress }: ServerOptions, waits: boolean): Promise<Compressor | undefined> {
  if (!compress) return undefined;
  const { BackgroundCompressor, BlockingCompressor } = await import('../site/compressor.js');
  return waits ? new BlockingCompressor() : new BackgroundCompressor();
}

/** The site, behind a guard where there are users. */
export async function guarded(
  site: GuardableSite,
  { users, corsOrigins }: ServerOptions,
  waits: boolean,
): Promise<PendingSite> {
  if (users.length === 0) return site;
  const [{ GuardedSite }, { Credentials }, { verifyLater, verifyNow }] = await Promise.all([
    import('../site/guarded-site.js'),
    import('../site/credentials.js'),
    import('../site/password-hash.js'),
  ]);
  return new GuardedSite(site, new Credentials(users, waits ? verifyNow : verifyLater), corsOrigins.length > 0);
}
