import { encodeFooter, encodeHeader, messageBytes } from "../arrow/codec.ts";
import type { Lent } from "../client/later.ts";
import type { ArrayTypeInfo } from "../client/program-info.ts";
import type { Session } from "../client/session.ts";
import type { Slot } from "../client/slot.ts";
import { type Block, copyIntoBlock } from "../memory/slab-pool.ts";
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
  readonly #bytes: number;
  /** Whether the memory is given back already, or will be. */
  #settled = false;

  /** @param block Retained once more for this. */
  private constructor(session: Session, type: ArrayTypeInfo, block: Block, bytes: number) {
    this.#session = session;
    this.#type = type;
    this.#block = block;
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
    if (own !== undefined) return new LentArray(session, type, own.retain(), bytes);
    const block = takeBlock(session, bytes);
    if (block === undefined) return undefined;
    const header = encodeHeader(elemtype, shape);
    copyIntoBlock(block, 0, header);
    copyIntoBlock(block, header.byteLength, data);
    const end = header.byteLength + data.byteLength;
    copyIntoBlock(block, end, encodeFooter(data.byteLength));
    return new LentArray(session, type, block, bytes);
  }

  announce(): void {
    announce(this.#session, this.#block.slab);
    this.#settled = true;
    // Replies come in order: when the next one is here, the worker has read the block.
    this.#session.channel.afterNext(() => this.#block.release());
  }

  write(body: Packer): void {
    body.u32(this.#block.slab.id);
    body.i64(this.#block.offset);
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
