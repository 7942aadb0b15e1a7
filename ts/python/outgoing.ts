import type { Slot } from "../client/slot.ts";
import type { Part } from "./parts.ts";

/** The binary parts and references of a message to Python; undone if it cannot be sent. */
export class Outgoing {
  /** Binary parts that the message refers to. */
  readonly parts: Part[] = [];
  /** Ids of JavaScript objects. */
  readonly own: number[] = [];
  /** Values to be copied to Python, by key. They are copied when the message is sent. */
  readonly passed: Map<number, Slot> = new Map();
}
