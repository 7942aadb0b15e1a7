import type { ArrayTypeInfo } from "../bindings/program-info.ts";
import { SLOTS, type Slot } from "../client/slot.ts";
import type { Elemtype } from "../elemtypes.ts";
import type { NdArray } from "../nd-array/nd-array.ts";

/** An input of many tasks of a pool, passed in place of its data. */
export interface PoolInput<E extends Elemtype = Elemtype, R extends number = number> {
  /** Futhark's name of its type. */
  readonly type: string;
  readonly elemtype: E;
  readonly rank: R;
  /** Handles have one: none of them is an input. */
  readonly state?: never;
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

  get elemtype(): Elemtype {
    return (this.slot.type as ArrayTypeInfo).elemtype; // only arrays are shared
  }

  get rank(): number {
    return (this.slot.type as ArrayTypeInfo).rank;
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
  readonly elemtype: Elemtype;
  readonly rank: number;
  #data: NdArray | undefined;

  constructor(data: NdArray) {
    this.elemtype = data.elemtype;
    this.rank = data.rank;
    this.type = `${"[]".repeat(data.rank)}${data.elemtype}`;
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
