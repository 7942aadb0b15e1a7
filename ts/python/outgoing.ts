import type { Slot } from "../client/slot.ts";

/** What a message to Python brings besides its words: undone where it cannot be sent. */
export class Outgoing {
  /** Bytes that its words refer to. */
  readonly parts: Uint8Array[] = [];
  /** Numbers of objects of ours. */
  readonly own: number[] = [];
  /** Values that Python gets a copy of, by key: copied when the message is sent. */
  readonly lent: Map<number, Slot> = new Map();
}
