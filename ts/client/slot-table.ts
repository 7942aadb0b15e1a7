import type { TypeInfo } from "../bindings/program-info.ts";
import { FREE } from "../wire/messages.ts";
import type { Channel } from "./channel.ts";
import { Slot, type SlotOwner } from "./slot.ts";

/** The values that a worker has for us, or will have made when it comes to it, by number. */
export class SlotTable implements SlotOwner {
  readonly #post: Channel["post"];
  readonly #slots: (Slot | undefined)[] = [];
  #lastId = 0;
  #freeIds: number[] = [];
  #toFree: number[] = [];
  #freeSoon = false;

  constructor(post: Channel["post"]) {
    this.#post = post;
  }

  /** Names a value that a request about to be written, or to wait for another, will make. */
  allocate(type: TypeInfo): Slot {
    const id = this.#freeIds.pop() ?? ++this.#lastId;
    const slot = new Slot(id, type, this);
    this.#slots[id] = slot;
    return slot;
  }

  /**
   * Frees a value in the worker, once the request that makes it and all that were made with it
   * have been sent, or cannot be.
   */
  release(slot: Slot): void {
    if (slot.users !== undefined) {
      slot.afterUse = () => this.release(slot);
      return;
    }
    if (slot.sent !== undefined) {
      // Where it cannot be sent, `fail` takes the number back.
      slot.sent.then(() => this.release(slot), noop);
      return;
    }
    if (this.#slots[slot.id] !== slot) return;
    this.#slots[slot.id] = undefined;
    this.#toFree.push(slot.id);
    if (slot.large === true) this.freeSoon();
    if (this.#toFree.length === FREE_BATCH) this.#flushFrees();
  }

  /** Marks values that could not be made; their numbers serve again. */
  fail(slots: readonly Slot[], error: unknown): void {
    for (const slot of slots) {
      slot.giveUp(error);
      if (slot.sent === undefined) this.release(slot);
      else this.#forget(slot);
    }
  }

  /** Marks all values as lost: the worker goes, or is gone. */
  lose(reason: string): void {
    for (const slot of this.#slots.splice(0)) {
      if (slot?.state !== "live") continue;
      slot.state = "lost";
      slot.reason = reason;
    }
  }

  /** Before a write: what is to be freed goes first, unless it is too little to matter. */
  beforeFlush(): void {
    if (this.#freeSoon || this.#toFree.length >= SMALL_FREES) this.#flushFrees();
  }

  /** Large memory goes back with the next request, or at the end of a turn that brings none. */
  protected freeSoon(): void {
    if (this.#freeSoon) return;
    this.#freeSoon = true;
    setImmediate(() => {
      if (this.#freeSoon) this.#flushFrees();
    });
  }

  /** Takes the number of a value back whose request was never sent: the worker does not know it. */
  #forget(slot: Slot): void {
    slot.sent = undefined;
    if (this.#slots[slot.id] !== slot) return;
    this.#slots[slot.id] = undefined;
    this.#freeIds.push(slot.id);
  }

  /** Writes the frees that were put off; their numbers can be used again after it. */
  #flushFrees(): void {
    const ids = this.#toFree;
    this.#toFree = [];
    this.#freeSoon = false;
    this.#post(FREE, (body) => {
      for (const id of ids) body.u32(id);
    });
    this.#freeIds.push(...ids);
  }
}

function noop(): void {}

/** Frees are sent with the next request, or when there are this many. */
const FREE_BATCH = 64;
/** Those of small arrays, and of what is not there yet, wait until there are this many. */
const SMALL_FREES = 16;
