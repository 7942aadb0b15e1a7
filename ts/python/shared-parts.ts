import type { Session } from "../client/session.ts";
import type { Block } from "../memory/block.ts";
import { takeBlock } from "../transfer/slabs.ts";
import { type Part, partBytes } from "./parts.ts";

/** Where a part is that is not in the frame of its message: slab, offset and size in bytes. */
export type SlabPlace = readonly [slab: number, start: number, bytes: number];

/** A slab that the message is the first to name: number, size in bytes, path. */
export type NewSlab = readonly [slab: number, bytes: number, path: string];

/** The parts of one message, the large ones in shared memory. */
export class SharedParts {
  readonly parts: (Part | SlabPlace)[] = [];
  readonly slabs: NewSlab[] = [];
  readonly #blocks: Block[] = [];

  /** @param known The slabs that earlier messages have named. */
  constructor(session: Session, parts: readonly Part[], known: ReadonlySet<number>) {
    for (const part of parts) {
      const block = fill(session, part);
      if (block === undefined) {
        this.parts.push(part);
        continue;
      }
      const { id, bytes, path } = block.slab;
      this.#blocks.push(block);
      this.parts.push([id, block.messageStart(part.header), partBytes(part)]);
      if (!known.has(id)) this.slabs.push([id, bytes, path]);
    }
  }

  /** @param reachable Whether Python may still read the parts. */
  release(reachable = false): void {
    for (const block of this.#blocks.splice(0)) block.release(reachable);
  }
}

/** Copies a part into shared memory; returns `undefined` if it is to be sent in the frame. */
function fill(session: Session, part: Part): Block | undefined {
  const block = takeBlock(session, partBytes(part));
  if (block === undefined) return undefined;
  const { header, data, footer } = part;
  try {
    block.copyIn(data);
    block.writeAround(header, data.byteLength, footer);
    return block;
  } catch {
    // Out of memory or address space.
    block.release();
    return undefined;
  }
}
