import type { Session } from "../client/session.ts";
import type { Block, Slab } from "../memory/block.ts";
import { slabPool } from "../memory/slab-pool.ts";
import { SLAB } from "../wire/messages.ts";

/**
 * A block for a message of `bytes`, where it should travel in shared memory.
 * @returns `undefined` where it should not, or cannot: then it goes down the pipe.
 */
export function takeBlock(session: Session, bytes: number): Block | undefined {
  if (bytes < LEAST_SHARED_BYTES || !session.sharesMemory) return undefined;
  try {
    return slabPool()?.take(bytes);
  } catch {
    // No memory, or no file descriptor, left for another slab.
    return undefined;
  }
}

/** Tells the worker of a slab, before the first message that uses it. */
export function announce(session: Session, slab: Slab): void {
  if (session.knownSlabs.has(slab.id)) return;
  session.knownSlabs.add(slab.id);
  session.channel.post(SLAB, (body) => {
    body.u32(slab.id);
    body.i64(slab.bytes);
    body.bytes(new TextEncoder().encode(slab.path));
  });
}

// Below this the pipe is as quick: its copies cost less than the look-up of a view.
const LEAST_SHARED_BYTES = 1 << 15;
