import { messageBytes } from "../arrow/codec.ts";
import type { ArrayTypeInfo } from "../bindings/program-info.ts";
import type { Session } from "../client/session.ts";
import type { Ahead, Slot } from "../client/slot.ts";
import type { TypedArray } from "../elemtypes.ts";
import { Block } from "../memory/block.ts";
import { sameShape } from "../nd-array/shape.ts";
import { type Destination, NewArray } from "./destination.ts";
import { readIntoBlock } from "./read-array.ts";
import { takeBlock } from "./slabs.ts";
import { askSmall } from "./small-arrays.ts";

/** What has arrived, with its shape. A block is retained for it. */
interface Arrived {
  readonly shape: readonly number[];
  readonly data: TypedArray | Block;
}

/** The elements of a result, requested along with the call. */
export class Elements implements Ahead {
  readonly #reply: Promise<void>;
  #settled = false;
  #arrived: Arrived | undefined;
  #dropped = false;
  readonly #prepared: NewArray | undefined;

  private constructor(request: (own: Elements) => Promise<void>, prepared?: NewArray) {
    this.#prepared = prepared;
    this.#reply = request(this).catch(() => {
      // The error is reported when the array is read again.
      this.#settled = true;
    });
  }

  /** Requests an array of any shape; nothing will have arrived if it is too large to be inline. */
  static small(session: Session<"promise">, slot: Slot): Elements {
    return new Elements((own) =>
      session.channel.request(
        askSmall(slot, (shape, data) => own.#arrive(data && { shape, data })),
      ),
    );
  }

  /**
   * Requests an array in shared memory. Nothing will have arrived if it has another shape.
   * @param copies Whether the elements will probably go to a new typed array.
   * @returns `undefined` if there is no shared memory for it.
   */
  static large(
    session: Session<"promise">,
    slot: Slot,
    shape: readonly number[],
    copies: boolean,
  ): Elements | undefined {
    const { elemtype } = slot.type as ArrayTypeInfo;
    const block = takeBlock(session, messageBytes(elemtype, shape));
    if (block === undefined) return undefined;
    const prepared = copies ? new NewArray(slot, shape) : undefined;
    const ask = (own: Elements): Promise<void> =>
      readIntoBlock(session, slot, shape, block, {
        ...(prepared && { meanwhile: () => prepared.prepare(block) }),
        finish: () => own.#arrive({ shape, data: block.retain() }),
      });
    return new Elements(ask, prepared);
  }

  /**
   * Passes the elements on, which happens once, as each reader gets a copy of its own.
   * @param shape The sizes that the call's reply told.
   * @returns `undefined` if there are none of this shape, so that the array must be read.
   */
  take<T>(
    shape: readonly number[],
    destination: Destination<T>,
  ): T | undefined | Promise<T | undefined> {
    const take = (): T | undefined => this.#take(shape, destination);
    return this.#settled ? take() : this.#reply.then(take);
  }

  drop(): void {
    this.#dropped = true;
    if (this.#arrived !== undefined) release(this.#arrived);
    this.#arrived = undefined;
  }

  #arrive(arrived: Arrived | undefined): void {
    this.#settled = true;
    if (!this.#dropped) this.#arrived = arrived;
    else if (arrived !== undefined) release(arrived);
  }

  #take<T>(shape: readonly number[], destination: Destination<T>): T | undefined {
    const arrived = this.#arrived;
    this.#arrived = undefined;
    if (arrived === undefined) return undefined;
    try {
      if (!sameShape(arrived.shape, shape)) return undefined;
      const { data } = arrived;
      if (!(data instanceof Block)) return destination.fromArray(data);
      if (this.#prepared !== undefined) destination.reuse?.(this.#prepared);
      return destination.fromBlock(data);
    } finally {
      release(arrived);
    }
  }
}

function release({ data }: Arrived): void {
  if (data instanceof Block) data.release();
}
