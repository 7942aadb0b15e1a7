import { ValueStateError } from "../errors.ts";
import type { TypeInfo } from "./program-info.ts";

/**
 * The identity of one value that the worker holds.
 * The client names values itself, so that a slot exists as soon as the call that will
 * fill it has been written: handles and pending calls are two views of one slot.
 */
export class Slot {
  /** Number on the wire; used again for another value once this one was freed. */
  readonly id: number;
  readonly type: TypeInfo;
  /** Whose it is: compared by identity. */
  readonly owner: object;
  state: "live" | "freed" | "consumed" | "lost" = "live";
  /** What consumed it, or why it is lost. */
  reason = "";
  /** Calls that still have to be sent with it: it must not be freed before. */
  pins = 0;
  /** What was put off until no such call is left. */
  afterUnpin: (() => void) | undefined;
  /** Settles when the request that fills the slot has been sent, where that has to wait. */
  sent: Promise<void> | undefined;

  constructor(id: number, type: TypeInfo, owner: object) {
    this.id = id;
    this.type = type;
    this.owner = owner;
  }

  unpin(): void {
    this.pins--;
    if (this.pins === 0) this.afterUnpin?.();
  }

  /** @throws {ValueStateError} The value is gone. */
  check(where: string): void {
    if (this.state === "live") return;
    const what = `${where}: the value of type ${this.type.name}`;
    if (this.state === "consumed") {
      throw new ValueStateError("consumed", `${what} was consumed by ${this.reason}`);
    }
    if (this.state === "lost") {
      throw new ValueStateError("freed", `${what} is lost: ${this.reason}`);
    }
    throw new ValueStateError("freed", `${what} was freed`);
  }
}

/** Where handles and pending calls keep the slots that they stand for. */
export const SLOTS: unique symbol = Symbol("futhark slots");

/** Something that can be passed as an argument before, or instead of, its data. */
export interface HasSlots {
  readonly [SLOTS]: readonly Slot[];
}

export function hasSlots(value: unknown): value is HasSlots {
  return typeof value === "object" && value !== null && SLOTS in value;
}
