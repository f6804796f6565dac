/**
 * The door to C: libc, and Node's own binary, through koffi.
 *
 * The only file that loads koffi. Every function made here takes and gives plain numbers: addresses as doubles
 * (user-space addresses fit), sizes and descriptors as integers, because a BigInt argument costs more than the call.
 */
import { createRequire } from 'node:module';
import type { LibraryHandle } from 'koffi';

/** This computer cannot run Amped at all: another operating system, or koffi does not load. The message is one sentence for the user. */
export class UnsupportedPlatformError extends Error {
  override name = 'UnsupportedPlatformError';
}

type Koffi = typeof import('koffi');

function loadKoffi(): Koffi {
  if (process.platform !== 'linux') {
    throw new UnsupportedPlatformError(
      `Amped runs on Linux only (this is ${process.platform}); README shows how to run it in a container.`,
    );
  }
  if (process.arch !== 'x64' && process.arch !== 'arm64') {
    throw new UnsupportedPlatformError(`Amped runs on x64 and arm64 processors only (this is ${process.arch}).`);
  }
  try {
    return createRequire(import.meta.url)('koffi') as Koffi;
  } catch (error) {
    const reason = error instanceof Error ? error.message.split('\n')[0] : String(error);
    throw new UnsupportedPlatformError(
      `The koffi package, through which Amped calls the kernel, does not load: ${reason}`,
    );
  }
}

const koffi = loadKoffi();
const libc: LibraryHandle = koffi.load(null);

/** A C function as a JavaScript one. Arguments and result are numbers, save for strings where the prototype says `str`. */
export type NativeFunction<Arguments extends unknown[], Result> = (...parameters: Arguments) => Result;

/**
 * A function of libc (or of Node's own binary, which exports libuv) by its C prototype,
 * for example `int close(int fd)`. Throws when the symbol does not exist.
 */
export function native<Arguments extends unknown[], Result = number>(
  prototype: string,
): NativeFunction<Arguments, Result> {
  return libc.func(prototype) as unknown as NativeFunction<Arguments, Result>;
}

/** `length` bytes of memory at `address`, as an ArrayBuffer. Keep a reference; touching it after munmap(2) ends the process. */
export function view(address: number, length: number): ArrayBuffer {
  return koffi.view(BigInt(address), length);
}

const errnoLocation = native<[], bigint>('void *__errno_location()');
const errnoWord = new Int32Array(view(Number(errnoLocation()), 4));

/** The kernel's convention from libc's: the result as it is, or -errno for -1. */
export function checked(result: number): number {
  return result === -1 ? -(errnoWord[0] as number) : result;
}

/** The size of a struct with these members (C types by name), and the offset of each, as a C compiler lays them out. */
export function layoutOf(
  members: Readonly<Record<string, string>>,
  packed: boolean,
): { size: number; offsets: Record<string, number> } {
  const type = packed ? koffi.pack(members) : koffi.struct(members);
  const offsets = Object.fromEntries(Object.keys(members).map((name) => [name, koffi.offsetof(type, name)]));
  return { size: koffi.sizeof(type), offsets };
}
