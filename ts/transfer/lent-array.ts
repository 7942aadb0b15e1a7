import { encodeFooter, encodeHeader, messageBytes } from "../arrow/codec.ts";
import type { ArrayTypeInfo } from "../bindings/program-info.ts";
import type { Lent } from "../client/later.ts";
import type { Session } from "../client/session.ts";
import type { Slot } from "../client/slot.ts";
import type { Block } from "../memory/block.ts";
import type { NdArray } from "../nd-array/nd-array.ts";
import { NEW } from "../wire/messages.ts";
import type { Packer } from "../wire/packer.ts";
import { blockOf } from "./borrowed-array.ts";
import { announce, takeBlock } from "./slabs.ts";

/** An array's message in shared memory, for one call to read there, or one value to be made of. */
export class LentArray implements Lent {
  readonly #session: Session;
  readonly #type: ArrayTypeInfo;
  readonly #block: Block;
  readonly #start: number;
  readonly #bytes: number;
  /** Whether the memory is given back already, or will be. */
  #settled = false;

  /** @param block Retained once more for this. */
  private constructor(
    session: Session,
    type: ArrayTypeInfo,
    block: Block,
    start: number,
    bytes: number,
  ) {
    this.#session = session;
    this.#type = type;
    this.#block = block;
    this.#start = start;
    this.#bytes = bytes;
  }

  /**
   * Lends an array. What `fut.alloc` made is read where it lies; all else is copied.
   * @returns `undefined` where it cannot travel in shared memory.
   */
  static of(session: Session, type: ArrayTypeInfo, array: NdArray): LentArray | undefined {
    const { data, elemtype, shape } = array;
    const bytes = messageBytes(elemtype, shape);
    // An array that another module made may lie where this one's worker cannot look.
    const own = session.sharesMemory ? blockOf(array) : undefined;
    const block = own?.retain() ?? takeBlock(session, bytes);
    if (block === undefined) return undefined;
    const header = encodeHeader(elemtype, shape);
    try {
      if (own === undefined) block.copyIn(data);
      block.writeAround(header, data.byteLength, encodeFooter(data.byteLength));
    } catch {
      // No memory, or no room for another mapping: the array goes down the pipe.
      block.release();
      return undefined;
    }
    return new LentArray(session, type, block, block.messageStart(header), bytes);
  }

  announce(): void {
    announce(this.#session, this.#block.slab);
    this.#settled = true;
    // Replies come in order: when the next one is here, the worker has read the block.
    this.#session.channel.afterNext((reachable) => this.#block.release(reachable));
  }

  write(body: Packer): void {
    body.u32(this.#block.slab.id);
    body.i64(this.#start);
    body.i64(this.#bytes);
  }

  sendAhead(): Slot {
    this.announce();
    return this.#session.makeQuietly(this.#type, NEW, [], (body, { id }) => {
      body.u32(id);
      body.u32(this.#session.catalog.typeIndex(this.#type));
      this.write(body);
    });
  }

  release(): void {
    if (this.#settled) return;
    this.#settled = true;
    this.#block.release();
  }
}
