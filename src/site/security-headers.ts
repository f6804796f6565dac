/**
 * Fields that make browsers more careful with a site, chosen so that an ordinary site works as before. A header rule of the
 * same name replaces one of them.
 *
 * Not among them: Strict-Transport-Security, which belongs to whoever speaks TLS; Cross-Origin-Resource-Policy and
 * Cross-Origin-Embedder-Policy, which keep others from using images and fonts and the site from using theirs; and a policy
 * for scripts, which only the site's author can write.
 */
import type { FieldLine } from './additions.js';

export const SECURITY_HEADERS: readonly FieldLine[] = [
  // The media type is what we say it is: text is never run as a script.
  { name: 'X-Content-Type-Options', value: 'nosniff' },
  // Other sites learn where somebody came from, not which page it was. The default of today's browsers.
  { name: 'Referrer-Policy', value: 'strict-origin-when-cross-origin' },
  // No other site shows this one in a frame, to have its visitors click on what they do not see; the second for old browsers.
  { name: 'Content-Security-Policy', value: "frame-ancestors 'self'" },
  { name: 'X-Frame-Options', value: 'SAMEORIGIN' },
  // A site that opened this one has no hold on its window; windows that this one opens, to log in or to pay, go on working.
  { name: 'Cross-Origin-Opener-Policy', value: 'same-origin-allow-popups' },
  // Devices that hardly any page asks for, so that a script slipped into one cannot.
  { name: 'Permissions-Policy', value: 'usb=(), serial=(), hid=(), midi=()' },
];
