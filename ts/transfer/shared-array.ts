import { encodeFooter, encodeHeader, messageBytes } from "../arrow/codec.ts";
import type { ArrayTypeInfo } from "../bindings/program-info.ts";
import type { SharedOperand } from "../client/operand.ts";
import type { Session } from "../client/session.ts";
import type { Slot } from "../client/slot.ts";
import type { Block } from "../memory/block.ts";
import type { NdArray } from "../nd-array/nd-array.ts";
import { NEW } from "../wire/messages.ts";
import type { Packer } from "../wire/packer.ts";
import { blockOf } from "./borrowed-array.ts";
import { announce, takeBlock } from "./slabs.ts";

/** An encoded array in shared memory, to be read by one call or made into one value. */
export class SharedArray implements SharedOperand {
  readonly #session: Session;
  readonly #type: ArrayTypeInfo;
  readonly #block: Block;
  readonly #start: number;
  readonly #bytes: number;
  /** Whether the memory has been released, or will be after the next reply. */
  #settled = false;

  /** @param block Must have been retained for this object. */
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
   * Shares an array. Memory from `fut.alloc` is shared without a copy; other data is copied.
   * @returns `undefined` if the array cannot be sent in shared memory.
   */
  static of(session: Session, type: ArrayTypeInfo, array: NdArray): SharedArray | undefined {
    const { data, elemtype, shape } = array;
    const bytes = messageBytes(elemtype, shape);
    // A worker that cannot map shared memory cannot access arrays allocated by other modules.
    const own = session.sharesMemory ? blockOf(array) : undefined;
    const block = own?.retain() ?? takeBlock(session, bytes);
    if (block === undefined) return undefined;
    const header = encodeHeader(elemtype, shape);
    try {
      if (own === undefined) block.copyIn(data);
      block.writeAround(header, data.byteLength, encodeFooter(data.byteLength));
    } catch {
      // Out of memory or address space: send the array through the pipe instead.
      block.release();
      return undefined;
    }
    return new SharedArray(session, type, block, block.messageStart(header), bytes);
  }

  announce(): void {
    announce(this.#session, this.#block.slab);
    this.#session.channel.lends?.(this.#block.slab, this.#start, this.#bytes);
    this.#settled = true;
    // Replies arrive in order, so the worker has read the block when the next one arrives.
    this.#session.channel.afterNext((reachable) => this.#block.release(reachable));
  }

  write(body: Packer): void {
    body.u32(this.#block.slab.id);
    body.i64(this.#start);
    body.i64(this.#bytes);
  }

  upload(): Slot {
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
