/**
 * What the kernel's structs look like, checked when a file that uses one is loaded: the words and offsets written down
 * by hand must be those that a C compiler would give them on this processor (x64 or arm64).
 */
import { layoutOf } from './library.js';

/** A struct as its header declares it: its members in order, with their C types. */
export type Members = Readonly<Record<string, string>>;

/**
 * Throws when a struct is not `size` bytes, or a member is not at its offset.
 * `packed`: without padding between members, as epoll_event is on x86-64.
 */
export function assertLayout(
  name: string,
  members: Members,
  size: number,
  offsets: Readonly<Record<string, number>>,
  packed = false,
): void {
  const layout = layoutOf(members, packed);
  if (layout.size !== size) throw new Error(`struct ${name} has ${layout.size} bytes here, not ${size}`);
  for (const [member, offset] of Object.entries(offsets)) {
    const actual = layout.offsets[member];
    if (actual !== offset) throw new Error(`struct ${name}: ${member} is at ${actual} here, not at ${offset}`);
  }
}
