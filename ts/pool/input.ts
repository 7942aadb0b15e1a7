import { SLOTS, type Slot } from "../client/slot.ts";
import type { NdArray } from "../nd-array/nd-array.ts";

/** An input of many tasks of a pool, passed in place of its data. */
export interface PoolInput {
  /** Futhark's name of its type. */
  readonly type: string;
  /** Frees it; tasks that were submitted before can still use it. */
  free(): void;
  [Symbol.dispose](): void;
}

/** An input in the object store of a cluster, from where each node fetches it once. */
export class ClusterInput implements PoolInput {
  readonly slot: Slot;
  readonly #free: (slot: Slot) => void;

  constructor(slot: Slot, free: (slot: Slot) => void) {
    this.slot = slot;
    this.#free = free;
    Object.defineProperty(this, SLOTS, { value: [slot] }); // arguments are recognized by it
  }

  get type(): string {
    return this.slot.type.name;
  }

  free(): void {
    this.#free(this.slot);
  }

  [Symbol.dispose](): void {
    this.free();
  }
}

/** An input of a pool on this machine: a copy that nobody else can change. */
export class LocalInput implements PoolInput {
  readonly type: string;
  #data: NdArray | undefined;

  constructor(type: string, data: NdArray) {
    this.type = type;
    this.#data = data;
  }

  /** The data; `undefined` if it was freed. */
  get data(): NdArray | undefined {
    return this.#data;
  }

  free(): void {
    this.#data = undefined;
  }

  [Symbol.dispose](): void {
    this.free();
  }
}
