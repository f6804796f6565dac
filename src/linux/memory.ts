/** Memory from the kernel: mmap(2), munmap(2), memfd_create(2). */
import { errorFrom } from './errno.js';
import { checked, native } from './library.js';

const PROT_READ = 1;
const PROT_WRITE = 2;
const MAP_SHARED = 0x01;
const MAP_PRIVATE = 0x02;
const MAP_ANONYMOUS = 0x20;
const MAP_NORESERVE = 0x4000;
const MAP_POPULATE = 0x8000;
const MFD_CLOEXEC = 1;

const mmap = native<[number, number, number, number, number, number]>(
  'int64_t mmap(int64_t addr, size_t length, int prot, int flags, int fd, int64_t offset)',
);
const memfdCreate = native<[string, number]>('int memfd_create(str name, unsigned int flags)');
const ftruncate = native<[number, number]>('int ftruncate(int fd, int64_t length)');
const munmap = native<[number, number]>('int munmap(int64_t addr, size_t length)');

/** Address of `length` bytes of zeroed private memory; pages are given on first touch. Throws SystemError. */
export function mapAnonymous(length: number): number {
  const address = mmap(0, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (address === -1) throw errorFrom(checked(-1), 'mmap');
  return address;
}

/** Address of `length` bytes of `descriptor` at `offset`, shared with the kernel, all pages given at once. Throws SystemError. */
export function mapShared(descriptor: number, length: number, offset: number): number {
  const address = mmap(0, length, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, descriptor, offset);
  if (address === -1) throw errorFrom(checked(-1), 'mmap');
  return address;
}

/**
 * A file that is nothing but `length` bytes of zeroed memory, to be mapped by several processes: its descriptor, which is
 * closed on exec unless it is handed over on purpose. Throws SystemError.
 */
export function createMemoryFile(name: string, length: number): number {
  const descriptor = checked(memfdCreate(name, MFD_CLOEXEC));
  if (descriptor < 0) throw errorFrom(descriptor, 'memfd_create');
  const result = checked(ftruncate(descriptor, length));
  if (result < 0) throw errorFrom(result, 'ftruncate');
  return descriptor;
}

/** Address of the first `length` bytes of `descriptor`, shared with whoever maps them; pages are given on first touch. Throws SystemError. */
export function mapFile(descriptor: number, length: number): number {
  const address = mmap(0, length, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, descriptor, 0);
  if (address === -1) throw errorFrom(checked(-1), 'mmap');
  return address;
}

/** Gives mapped memory back: 0 or -errno. */
export function unmap(address: number, length: number): number {
  return checked(munmap(address, length));
}
