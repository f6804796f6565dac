/**
 * Numbers as people read them: three digits that count, and the unit that makes them short.
 *
 * What it keeps true: nothing here needs Node, since browsers run it too.
 */

/** What stands where nothing was measured. */
export const NOTHING = '–';

const THOUSANDS = ['', 'k', 'M', 'G', 'T'];
const MEMORY = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** 0.25, 12.5, 950, 12.3 k, 1.5 M. */
export function countText(count: number | undefined): string {
  return scaled(count, 1000, THOUSANDS);
}

/** 512 B, 1.5 KiB, 45 MiB. */
export function bytesText(bytes: number | undefined): string {
  return scaled(bytes, 1024, MEMORY);
}

/** 850 ns, 12 us, 1.5 ms, 2.1 s. */
export function secondsText(seconds: number | undefined): string {
  if (seconds === undefined) return NOTHING;
  if (seconds === Number.POSITIVE_INFINITY) return '> 16 s';
  if (seconds === 0) return '0 s';
  if (seconds < 0.999_5e-6) return `${digits(seconds * 1e9)} ns`;
  if (seconds < 0.999_5e-3) return `${digits(seconds * 1e6)} us`;
  return seconds < 0.999_5 ? `${digits(seconds * 1e3)} ms` : `${digits(seconds)} s`;
}

/** 99.8 %, of a share of 1. */
export function shareText(share: number | undefined): string {
  return share === undefined ? NOTHING : `${digits(share * 100)} %`;
}

/** 12 s, 3 min 20 s, 2 h 5 min, 3 d 4 h. */
export function ageText(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  if (whole < MINUTE) return `${whole} s`;
  if (whole < HOUR) return `${Math.floor(whole / MINUTE)} min ${whole % MINUTE} s`;
  if (whole < DAY) return `${Math.floor(whole / HOUR)} h ${Math.floor((whole % HOUR) / MINUTE)} min`;
  return `${Math.floor(whole / DAY)} d ${Math.floor((whole % DAY) / HOUR)} h`;
}

function scaled(number: number | undefined, base: number, units: readonly string[]): string {
  if (number === undefined || !Number.isFinite(number)) return NOTHING;
  let rest = number;
  let power = 0;
  // Before what would be rounded to four digits.
  while (rest >= base * 0.999_5 && power < units.length - 1) {
    rest /= base;
    power++;
  }
  const unit = units[power] as string;
  return unit === '' ? digits(rest) : `${digits(rest)} ${unit}`;
}

/** Three digits that count, without zeros behind the point that say nothing. */
function digits(number: number): string {
  if (number === 0) return '0';
  if (Math.abs(number) >= 99.95) return number.toFixed(0);
  const text = Math.abs(number) >= 9.995 ? number.toFixed(1) : number.toFixed(2);
  return text.replace(/\.?0+$/, '');
}
