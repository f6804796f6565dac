/**
 * io_uring(7): a submission and a completion ring shared with the kernel, written and read in TypeScript.
 *
 * The rings are mapped once and viewed as 32-bit words. Heads and tails that the kernel also touches go through
 * Atomics, once a batch. Entries are plain stores: the tail publishes them.
 * No policy here: what is asked for, and what a completion means, is the caller's.
 */
import { EINTR, EINVAL, ETIME, errorFrom } from './errno.js';
import { assertLayout } from './layout.js';
import { checked, native, view } from './library.js';
import { mapShared, unmap } from './memory.js';
import { CLOSE, IO_URING_ENTER, made } from './system-calls.js';

const SYS_IO_URING_SETUP = 425;
const SYS_IO_URING_ENTER = 426;
const SYS_IO_URING_REGISTER = 427;

const IORING_OFF_SQ_RING = 0;
const IORING_OFF_CQ_RING = 0x8000000;
const IORING_OFF_SQES = 0x10000000;

const IORING_SETUP_CQSIZE = 1 << 3;
const IORING_SETUP_SUBMIT_ALL = 1 << 7;
const IORING_SETUP_COOP_TASKRUN = 1 << 8;
export const IORING_SETUP_SINGLE_ISSUER = 1 << 12;
const IORING_SETUP_DEFER_TASKRUN = 1 << 13;
const IORING_SETUP_NO_SQARRAY = 1 << 16;

const IORING_FEAT_NODROP = 1 << 1;
const IORING_FEAT_EXT_ARG = 1 << 8;

const IORING_ENTER_GETEVENTS = 1 << 0;
const IORING_ENTER_EXT_ARG = 1 << 3;
const IORING_ENTER_REGISTERED_RING = 1 << 4;

const IORING_REGISTER_EVENTFD = 4;
const IORING_REGISTER_RING_FDS = 20;
const IORING_UNREGISTER_RING_FDS = 21;
const IORING_REGISTER_PBUF_RING = 22;

export const IORING_OP_POLL_ADD = 6;
export const IORING_OP_ASYNC_CANCEL = 14;
export const IORING_OP_CLOSE = 19;
export const IORING_OP_READ = 22;
export const IORING_OP_FADVISE = 24;
export const IORING_OP_SEND = 26;
export const IORING_OP_RECV = 27;
export const IORING_OP_OPENAT2 = 28;

/** Flags of a submission entry, in its first word (opcode, flags, ioprio). */
export const IOSQE_IO_LINK = 1 << (8 + 2);
export const IOSQE_BUFFER_SELECT = 1 << (8 + 5);
export const IOSQE_CQE_SKIP_SUCCESS = 1 << (8 + 6);
export const IORING_RECV_MULTISHOT = 2 << 16;

export const IORING_CQE_F_BUFFER = 1 << 0;
export const IORING_CQE_F_MORE = 1 << 1;
export const IORING_CQE_BUFFER_SHIFT = 16;

/** sizeof(struct io_uring_sqe) and (struct io_uring_cqe) in 32-bit words; sizeof(struct io_uring_params) in bytes. */
export const SUBMISSION_WORDS = 16;
export const COMPLETION_WORDS = 4;
const PARAMETER_BYTES = 120;
/** One struct io_uring_buf of a ring of provided buffers. */
const PROVIDED_BUFFER_BYTES = 16;
/** sizeof(struct io_uring_getevents_arg). */
const WAIT_ARGUMENT_BYTES = 24;

assertLayout(
  'io_uring_sqe',
  {
    opcode: 'uint8_t',
    flags: 'uint8_t',
    ioprio: 'uint16_t',
    fd: 'int32_t',
    off: 'uint64_t',
    addr: 'uint64_t',
    len: 'uint32_t',
    op_flags: 'uint32_t',
    user_data: 'uint64_t',
    buf_group: 'uint16_t',
    personality: 'uint16_t',
    file_index: 'uint32_t',
    addr3: 'uint64_t',
    pad: 'uint64_t',
  },
  SUBMISSION_WORDS * 4,
  { ioprio: 2, fd: 4, addr: 16, len: 24, op_flags: 28, user_data: 32, buf_group: 40 },
);
assertLayout('io_uring_cqe', { user_data: 'uint64_t', res: 'int32_t', flags: 'uint32_t' }, COMPLETION_WORDS * 4, {
  res: 8,
  flags: 12,
});
assertLayout(
  'io_uring_buf',
  { addr: 'uint64_t', len: 'uint32_t', bid: 'uint16_t', resv: 'uint16_t' },
  PROVIDED_BUFFER_BYTES,
  { len: 8, bid: 12, resv: 14 },
);
assertLayout(
  'io_uring_getevents_arg',
  { sigmask: 'uint64_t', sigmask_sz: 'uint32_t', min_wait_usec: 'uint32_t', ts: 'uint64_t' },
  WAIT_ARGUMENT_BYTES,
  { ts: 16 },
);

const setup = native<[number, number, Int32Array]>(
  'int64_t syscall(int64_t number, uint32_t entries, void *parameters)',
);
const enter = native<[number, number, number, number, number, number, number]>(
  'int64_t syscall(int64_t number, int64_t fd, uint32_t submit, uint32_t complete, uint32_t flags, int64_t argument, int64_t size)',
);
const register = native<[number, number, number, Int32Array, number]>(
  'int64_t syscall(int64_t number, int64_t fd, int64_t opcode, void *argument, int64_t count)',
);
const closeDescriptor = native<[number]>('int close(int fd)');

/** Set-up flags from the best to what every kernel has had; EINVAL steps down. */
const SETUP_STEPS = [
  IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN | IORING_SETUP_SUBMIT_ALL | IORING_SETUP_NO_SQARRAY,
  IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN | IORING_SETUP_SUBMIT_ALL,
  IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_COOP_TASKRUN | IORING_SETUP_SUBMIT_ALL,
  IORING_SETUP_COOP_TASKRUN | IORING_SETUP_SUBMIT_ALL,
  0,
];

export class Ring {
  readonly descriptor: number;
  /** The submission entries: SUBMISSION_WORDS words each. */
  readonly entries: Int32Array;
  /** The words of the completion ring; entry `n` begins at completionBase + (n & completionMask) * COMPLETION_WORDS. */
  readonly completions: Int32Array;
  readonly completionBase: number;
  readonly completionMask: number;
  /** The flags that the kernel accepted. */
  readonly flags: number;
  readonly features: number;

  /** System calls made so far. */
  enters = 0;

  readonly #submissionEntries: number;
  readonly #submissionMask: number;
  readonly #submission: Int32Array;
  readonly #submissionHead: number;
  readonly #submissionTail: number;
  readonly #completionHead: number;
  readonly #completionTail: number;
  readonly #mappings: [address: number, length: number][] = [];
  readonly #waitArgument: number;
  readonly #waitWords: Int32Array;
  #tail = 0;
  #submitted = 0;
  #enterDescriptor: number;
  #enterFlags = 0;

  /**
   * @param entries submissions a turn (a power of two).
   * @param completionEntries completions a turn; the kernel keeps those that do not fit, at a price.
   * @param scratch address and view of 64 bytes that the kernel may read during a wait.
   * Throws SystemError when the kernel refuses (io_uring disabled, a seccomp profile, out of memory).
   */
  constructor(entries: number, completionEntries: number, scratch: { address: number; words: Int32Array }) {
    const parameters = new Int32Array(PARAMETER_BYTES / 4);
    let descriptor = -EINVAL;
    for (const flags of SETUP_STEPS) {
      parameters.fill(0);
      parameters[1] = completionEntries;
      parameters[2] = flags | IORING_SETUP_CQSIZE;
      descriptor = checked(setup(SYS_IO_URING_SETUP, entries, parameters));
      if (descriptor !== -EINVAL) break;
    }
    if (descriptor < 0) throw errorFrom(descriptor, 'io_uring_setup');
    this.descriptor = descriptor;
    this.#enterDescriptor = descriptor;
    const word = (index: number): number => parameters[index] as number;
    this.flags = word(2);
    this.features = word(5);
    if ((this.features & IORING_FEAT_EXT_ARG) === 0 || (this.features & IORING_FEAT_NODROP) === 0) {
      closeDescriptor(descriptor);
      throw errorFrom(-EINVAL, 'io_uring_setup');
    }
    this.#submissionEntries = word(0);

    const submissionBytes = (this.flags & IORING_SETUP_NO_SQARRAY) === 0 ? word(16) + word(0) * 4 : 4096;
    const submission = this.#map(Math.max(submissionBytes, 4096), IORING_OFF_SQ_RING);
    this.#submission = submission;
    this.#submissionHead = word(10) / 4;
    this.#submissionTail = word(11) / 4;
    this.#submissionMask = submission[word(12) / 4] as number;
    if ((this.flags & IORING_SETUP_NO_SQARRAY) === 0) {
      const array = word(16) / 4;
      for (let index = 0; index < this.#submissionEntries; index++) submission[array + index] = index;
    }

    const completionBytes = word(25) + word(1) * COMPLETION_WORDS * 4;
    this.completions = this.#map(completionBytes, IORING_OFF_CQ_RING);
    this.#completionHead = word(20) / 4;
    this.#completionTail = word(21) / 4;
    this.completionMask = this.completions[word(22) / 4] as number;
    this.completionBase = word(25) / 4;

    this.entries = this.#map(this.#submissionEntries * SUBMISSION_WORDS * 4, IORING_OFF_SQES);

    // struct io_uring_getevents_arg (24 bytes) and, 32 bytes on, the struct __kernel_timespec it points to.
    this.#waitArgument = scratch.address;
    this.#waitWords = scratch.words;
    this.#waitWords.fill(0);
    setAddress(this.#waitWords, 4, scratch.address + 32);
    this.#registerDescriptor();
  }

  #map(length: number, offset: number): Int32Array {
    const address = mapShared(this.descriptor, length, offset);
    this.#mappings.push([address, length]);
    return new Int32Array(view(address, length));
  }

  /** A registered descriptor saves the kernel a look-up at each enter (5.18); without it all works the same. */
  #registerDescriptor(): void {
    const update = new Int32Array([-1, 0, this.descriptor, 0]);
    if (checked(register(SYS_IO_URING_REGISTER, this.descriptor, IORING_REGISTER_RING_FDS, update, 1)) !== 1) return;
    this.#enterDescriptor = update[0] as number;
    this.#enterFlags = IORING_ENTER_REGISTERED_RING;
  }

  /**
   * The next submission entry, zeroed: an index into `entries`. When the ring is full what is there is submitted first.
   */
  next(): number {
    if (this.#tail - this.#submitted >= this.#submissionEntries) this.#makeRoom();
    const index = (this.#tail++ & this.#submissionMask) * SUBMISSION_WORDS;
    // 11 words are all that any operation used here reads; later ones stay zero from the mapping.
    const entries = this.entries;
    entries[index + 2] = 0;
    entries[index + 3] = 0;
    entries[index + 4] = 0;
    entries[index + 5] = 0;
    entries[index + 6] = 0;
    entries[index + 7] = 0;
    entries[index + 10] = 0;
    return index;
  }

  /** Hands over what is prepared. GETEVENTS lets the kernel first store completions that it held back for want of room. */
  #makeRoom(): void {
    const result = this.#enter(0, IORING_ENTER_GETEVENTS);
    if (this.#tail - this.#submitted >= this.#submissionEntries) throw errorFrom(result, 'io_uring_enter');
  }

  /**
   * One turn's system call: hands over what was prepared, lets the kernel finish what it can, and waits for at least
   * one completion for `timeout` milliseconds (0: not at all; -1: for as long as it takes).
   * Gives 0 or -errno; a wait that ran out (ETIME) or was interrupted (EINTR) is 0.
   */
  submitAndWait(timeout: number): number {
    if (timeout === 0 || this.ready() !== 0) return this.#enter(0, IORING_ENTER_GETEVENTS);
    if (timeout < 0) return this.#enter(1, IORING_ENTER_GETEVENTS);
    const words = this.#waitWords;
    const seconds = Math.floor(timeout / 1000);
    words[8] = seconds;
    words[10] = (timeout - seconds * 1000) * 1_000_000;
    return this.#enter(1, IORING_ENTER_GETEVENTS | IORING_ENTER_EXT_ARG);
  }

  #enter(complete: number, flags: number): number {
    Atomics.store(this.#submission, this.#submissionTail, this.#tail);
    const extended = (flags & IORING_ENTER_EXT_ARG) !== 0;
    this.enters++;
    const result = made(
      IO_URING_ENTER,
      enter(
        SYS_IO_URING_ENTER,
        this.#enterDescriptor,
        this.#tail - this.#submitted,
        complete,
        flags | this.#enterFlags,
        extended ? this.#waitArgument : 0,
        extended ? WAIT_ARGUMENT_BYTES : 0,
      ),
    );
    // What the kernel took is told by the head it moves: an interrupted wait answers with an error though it has submitted.
    const head = Atomics.load(this.#submission, this.#submissionHead);
    this.#submitted += (head - this.#submitted) | 0;
    return result === -ETIME || result === -EINTR || result > 0 ? 0 : result;
  }

  /** How many completions wait to be read. */
  ready(): number {
    return (
      (Atomics.load(this.completions, this.#completionTail) - (this.completions[this.#completionHead] as number)) | 0
    );
  }

  /** The number of the first completion not yet read. */
  completionHead(): number {
    return this.completions[this.#completionHead] as number;
  }

  /** Completions before number `head` have been read; the kernel may write over them. */
  advance(head: number): void {
    Atomics.store(this.completions, this.#completionHead, head);
  }

  /** Makes a ring of provided buffers at `address` (page-aligned, `count` a power of two) known as `group`: 0 or -errno. */
  registerBuffers(address: number, count: number, group: number): number {
    const argument = new Int32Array(10);
    setAddress(argument, 0, address);
    argument[2] = count;
    argument[3] = group;
    return checked(register(SYS_IO_URING_REGISTER, this.descriptor, IORING_REGISTER_PBUF_RING, argument, 1));
  }

  /** Has an eventfd signalled whenever there are completions, or what becomes one at the next `submitAndWait`: 0 or -errno. */
  signalTo(eventfd: number): number {
    const argument = new Int32Array([eventfd]);
    return checked(register(SYS_IO_URING_REGISTER, this.descriptor, IORING_REGISTER_EVENTFD, argument, 1));
  }

  /** Gives the ring back; operations under way are cancelled by the kernel. */
  destroy(): void {
    // The registration holds the ring as a descriptor does.
    if (this.#enterFlags !== 0) {
      const update = new Int32Array([this.#enterDescriptor, 0, 0, 0]);
      register(SYS_IO_URING_REGISTER, this.descriptor, IORING_UNREGISTER_RING_FDS, update, 1);
    }
    made(CLOSE, closeDescriptor(this.descriptor));
    for (const [address, length] of this.#mappings) unmap(address, length);
  }
}

/** A 64-bit address into two 32-bit words, low first (both of our processors are little-endian). */
export function setAddress(words: Int32Array, index: number, address: number): void {
  words[index] = address | 0;
  words[index + 1] = (address / 4294967296) | 0;
}

/** Receive buffers that the kernel picks from by itself: struct io_uring_buf_ring. */
export class ProvidedBuffers {
  readonly #ring: Int32Array;
  readonly #tailWord: Uint16Array;
  readonly #mask: number;
  readonly #base: number;
  readonly #size: number;
  #tail = 0;

  /**
   * @param ring view of `count` * 16 page-aligned bytes, registered with the kernel.
   * @param base address of the first of `count` buffers of `size` bytes.
   */
  constructor(ring: Int32Array, base: number, count: number, size: number) {
    this.#ring = ring;
    this.#tailWord = new Uint16Array(ring.buffer, ring.byteOffset, (count * PROVIDED_BUFFER_BYTES) / 2);
    this.#mask = count - 1;
    this.#base = base;
    this.#size = size;
    for (let identifier = 0; identifier < count; identifier++) this.give(identifier);
    this.publish();
  }

  /** Hands a buffer back; the kernel sees it after `publish`. */
  give(identifier: number): void {
    const ring = this.#ring;
    const index = (this.#tail & this.#mask) << 2;
    const address = this.#base + identifier * this.#size;
    ring[index] = address | 0;
    ring[index + 1] = (address / 4294967296) | 0;
    ring[index + 2] = this.#size;
    // The upper half of this word, in the first entry, is the ring's tail: only the lower half may be written.
    this.#tailWord[(index << 1) + 6] = identifier;
    this.#tail = (this.#tail + 1) & 0xffff;
  }

  publish(): void {
    Atomics.store(this.#tailWord, 7, this.#tail);
  }
}
