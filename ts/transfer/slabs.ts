import type { Session } from "../client/session.ts";
import type { Block, Slab } from "../memory/block.ts";
import { slabPool } from "../memory/slab-pool.ts";
import { SLAB, SMALL_BYTES } from "../wire/messages.ts";

/** Whether arrays of a session can be in memory that the worker maps. */
export function canShare(session: Session): boolean {
  return session.sharesMemory && slabPool() !== undefined;
}

/**
 * Takes a block of shared memory for a message of `bytes` bytes.
 * @returns `undefined` if the message should be sent through the pipe instead: for a small array
 *   the copies through the pipe take less time than shared memory.
 */
export function takeBlock(session: Session, bytes: number): Block | undefined {
  if (bytes <= SMALL_BYTES || !canShare(session)) return undefined;
  try {
    return slabPool()?.take(bytes);
  } catch {
    // Out of memory or file descriptors for another slab.
    return undefined;
  }
}

/** Announces a slab to the worker before the first message that uses it. */
export function announce(session: Session, slab: Slab): void {
  if (session.knownSlabs.has(slab.id)) return;
  session.knownSlabs.add(slab.id);
  session.channel.post(SLAB, (body) => {
    body.u32(slab.id);
    body.i64(slab.bytes);
    body.bytes(new TextEncoder().encode(slab.path));
  });
}
