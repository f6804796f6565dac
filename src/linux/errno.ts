/**
 * The kernel's errors, translated once, here: numbers become names of a closed union. Numbers from
 * include/uapi/asm-generic/errno-base.h and errno.h, equal on x86-64 and arm64.
 *
 * Calls in linux/ answer as the kernel does: a result of 0 or more, or the negative number of an error.
 */
export const EPERM = 1;
export const ENOENT = 2;
export const ESRCH = 3;
export const EINTR = 4;
export const EIO = 5;
export const ENXIO = 6;
export const EBADF = 9;
export const EAGAIN = 11;
export const ENOMEM = 12;
export const EACCES = 13;
export const EBUSY = 16;
export const EEXIST = 17;
export const EXDEV = 18;
export const ENODEV = 19;
export const ENOTDIR = 20;
export const EISDIR = 21;
export const EINVAL = 22;
export const ENFILE = 23;
export const EMFILE = 24;
export const ETXTBSY = 26;
export const ENOSPC = 28;
export const EPIPE = 32;
export const ENAMETOOLONG = 36;
export const ENOSYS = 38;
export const ELOOP = 40;
export const ETIME = 62;
export const EPROTO = 71;
export const EPROTOTYPE = 91;
export const EOPNOTSUPP = 95;
export const EAFNOSUPPORT = 97;
export const EADDRINUSE = 98;
export const EADDRNOTAVAIL = 99;
export const ENETDOWN = 100;
export const ECONNABORTED = 103;
export const ECONNRESET = 104;
export const ENOBUFS = 105;
export const ENOTCONN = 107;
export const ETIMEDOUT = 110;
export const ECONNREFUSED = 111;
export const EHOSTUNREACH = 113;
export const EALREADY = 114;
export const EINPROGRESS = 115;
export const ECANCELED = 125;

const NAMES = {
  EPERM,
  ENOENT,
  ESRCH,
  EINTR,
  EIO,
  ENXIO,
  EBADF,
  EAGAIN,
  ENOMEM,
  EACCES,
  EBUSY,
  EEXIST,
  EXDEV,
  ENODEV,
  ENOTDIR,
  EISDIR,
  EINVAL,
  ENFILE,
  EMFILE,
  ETXTBSY,
  ENOSPC,
  EPIPE,
  ENAMETOOLONG,
  ENOSYS,
  ELOOP,
  ETIME,
  EPROTO,
  EPROTOTYPE,
  EOPNOTSUPP,
  EAFNOSUPPORT,
  EADDRINUSE,
  EADDRNOTAVAIL,
  ENETDOWN,
  ECONNABORTED,
  ECONNRESET,
  ENOBUFS,
  ENOTCONN,
  ETIMEDOUT,
  ECONNREFUSED,
  EHOSTUNREACH,
  EALREADY,
  EINPROGRESS,
  ECANCELED,
} as const;

/** Every error that Amped tells apart; all others are 'UNKNOWN' and take one shared path. */
export type ErrorName = keyof typeof NAMES | 'UNKNOWN';

const byNumber = new Map<number, ErrorName>(Object.entries(NAMES).map(([name, number]) => [number, name as ErrorName]));

/** The name of a negative result. */
export function errorName(result: number): ErrorName {
  return byNumber.get(-result) ?? 'UNKNOWN';
}

/** A system call failed where nothing sensible can be done but say so. */
export class SystemError extends Error {
  override name = 'SystemError';
  readonly code: ErrorName;
  readonly errno: number;
  readonly systemCall: string;

  constructor(result: number, systemCall: string) {
    const code = errorName(result);
    super(`${systemCall} failed with ${code === 'UNKNOWN' ? `error ${-result}` : code}`);
    this.code = code;
    this.errno = -result;
    this.systemCall = systemCall;
  }
}

/** A SystemError for a negative result of `systemCall`. */
export function errorFrom(result: number, systemCall: string): SystemError {
  return new SystemError(result, systemCall);
}
