/**
 * HTTP dates (RFC 9110 5.6.7): written as IMF-fixdate, read in all three formats. Whole seconds since the epoch throughout.
 */

/** Bytes of an IMF-fixdate: `Sun, 06 Nov 1994 08:49:37 GMT`. */
export const DATE_BYTES = 29;

const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const LONG_DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

let formattedSecond = Number.NaN;
let formatted = '';

function twoDigits(value: number): string {
  return value < 10 ? `0${value}` : `${value}`;
}

/** The IMF-fixdate of a second in the years 0 to 9999; throws RangeError beyond. The last one is kept. */
export function formatDate(epochSeconds: number): string {
  if (epochSeconds === formattedSecond) return formatted;
  const date = new Date(epochSeconds * 1000);
  const year = date.getUTCFullYear();
  if (!(year >= 0 && year <= 9999)) throw new RangeError(`no HTTP date can say second ${epochSeconds}`);
  const day = `${DAYS[date.getUTCDay()]}, ${twoDigits(date.getUTCDate())} ${MONTHS[date.getUTCMonth()]}`;
  const time = `${twoDigits(date.getUTCHours())}:${twoDigits(date.getUTCMinutes())}:${twoDigits(date.getUTCSeconds())}`;
  formatted = `${day} ${String(year).padStart(4, '0')} ${time} GMT`;
  formattedSecond = epochSeconds;
  return formatted;
}

/** Writes the IMF-fixdate of a second, DATE_BYTES bytes, at `offset`. */
export function writeDate(bytes: Uint8Array, offset: number, epochSeconds: number): void {
  const text = formatDate(epochSeconds);
  for (let index = 0; index < DATE_BYTES; index++) bytes[offset + index] = text.charCodeAt(index);
}

const IMF_FIXDATE = /^([A-Z][a-z]{2}), (\d{2}) ([A-Z][a-z]{2}) (\d{4}) (\d{2}):(\d{2}):(\d{2}) GMT$/;
const RFC_850 = /^([A-Z][a-z]+), (\d{2})-([A-Z][a-z]{2})-(\d{2}) (\d{2}):(\d{2}):(\d{2}) GMT$/;
const ASCTIME = /^([A-Z][a-z]{2}) ([A-Z][a-z]{2}) (\d{2}| \d) (\d{2}):(\d{2}):(\d{2}) (\d{4})$/;

/**
 * The second that an HTTP date says, or undefined where the text is none: another format, a day that does not exist, or a
 * name that is not the day's. `nowSeconds` decides the century of a year of two digits: one that seems more than 50 years
 * ahead is in the past.
 */
export function parseDate(text: string, nowSeconds: number): number | undefined {
  let match = IMF_FIXDATE.exec(text);
  if (match) {
    const [, name, day, month, year, hour, minute, second] = match;
    return secondOf(
      DAYS.indexOf(name!),
      Number(year),
      month!,
      Number(day),
      Number(hour),
      Number(minute),
      Number(second),
    );
  }
  match = RFC_850.exec(text);
  if (match) {
    const [, name, day, month, year, hour, minute, second] = match;
    const time = [Number(hour), Number(minute), Number(second)] as const;
    const now = new Date(nowSeconds * 1000);
    const weekday = LONG_DAYS.indexOf(name!);
    const thisYear = now.getUTCFullYear();
    const limit = now.setUTCFullYear(thisYear + 50) / 1000;
    // The latest year with these two digits whose date is not more than 50 years ahead.
    let full = Math.floor((thisYear + 50) / 100) * 100 + Number(year);
    if (full > thisYear + 50) full -= 100;
    if (full === thisYear + 50) {
      const there = secondOf(-2, full, month!, Number(day), ...time);
      if (there !== undefined && there > limit) full -= 100;
    }
    return secondOf(weekday, full, month!, Number(day), ...time);
  }
  match = ASCTIME.exec(text);
  if (match) {
    const [, name, month, day, hour, minute, second, year] = match;
    return secondOf(
      DAYS.indexOf(name!),
      Number(year),
      month!,
      Number(day),
      Number(hour),
      Number(minute),
      Number(second),
    );
  }
  return undefined;
}

/** `weekday` -1 is a name that is none, -2 is not checked. A leap second is taken as the second after it. */
function secondOf(
  weekday: number,
  year: number,
  monthName: string,
  day: number,
  hour: number,
  minute: number,
  second: number,
): number | undefined {
  const month = MONTHS.indexOf(monthName);
  if (weekday === -1 || month < 0 || hour > 23 || minute > 59 || second > 60) return undefined;
  const date = new Date(0);
  date.setUTCFullYear(year, month, day);
  if (date.getUTCMonth() !== month) return undefined;
  if (weekday >= 0 && date.getUTCDay() !== weekday) return undefined;
  return date.getTime() / 1000 + hour * 3600 + minute * 60 + second;
}
