import type { TypeInfo } from "../bindings/program-info.ts";
import { FREE } from "../wire/messages.ts";
import type { Channel } from "./channel.ts";
import { Outstanding } from "./outstanding.ts";
import { Slot, type SlotOwner } from "./slot.ts";

/** The values that a worker holds or will create, by id. */
export class SlotTable implements SlotOwner {
  protected readonly outstanding: Outstanding = new Outstanding();
  readonly #post: Channel["post"];
  readonly #slots: (Slot | undefined)[] = [];
  #lastId = 0;
  #freeIds: number[] = [];
  #toFree: number[] = [];
  #freeSoon = false;

  constructor(post: Channel["post"]) {
    this.#post = post;
  }

  /** Allocates the slot of a value that a request, possibly delayed, will create. */
  allocate(type: TypeInfo): Slot {
    const id = this.#freeIds.pop() ?? ++this.#lastId;
    const slot = new Slot(id, type, this);
    this.#slots[id] = slot;
    return slot;
  }

  /**
   * Frees a value in the worker, once the request that creates it and all requests that use it have
   * been sent or have failed.
   */
  release(slot: Slot): void {
    if (slot.users !== undefined) {
      slot.afterUse = () => this.release(slot);
      return;
    }
    if (slot.sent !== undefined) {
      // If the request cannot be sent, `fail` recycles the id.
      slot.sent.then(() => this.release(slot), noop);
      return;
    }
    if (this.#slots[slot.id] !== slot) return;
    this.#slots[slot.id] = undefined;
    // The user may keep the handle.
    slot.dropAhead();
    this.outstanding.remove(slot.bytes);
    this.#toFree.push(slot.id);
    if (slot.large === true) this.freeSoon();
    if (this.#toFree.length === FREE_BATCH) this.#flushFrees();
  }

  /** Marks values that could not be created as failed, and recycles their ids. */
  fail(slots: readonly Slot[], error: unknown): void {
    for (const slot of slots) {
      slot.giveUp(error);
      if (slot.sent === undefined) this.release(slot);
      else this.#forget(slot);
    }
  }

  /** Marks all values as lost, because the worker has exited or is about to. */
  lose(reason: string): void {
    for (const slot of this.#slots.splice(0)) {
      if (slot?.state !== "live") continue;
      slot.state = "lost";
      slot.dropAhead();
      slot.reason = reason;
    }
  }

  /** Writes pending frees before other messages, unless they are too small to matter. */
  beforeFlush(): void {
    if (this.#freeSoon || this.#toFree.length >= SMALL_FREES) this.#flushFrees();
  }

  /** Frees large values with the next request, or at the end of the turn if there is none. */
  protected freeSoon(): void {
    if (this.#freeSoon) return;
    this.#freeSoon = true;
    setImmediate(() => {
      if (this.#freeSoon) this.#flushFrees();
    });
  }

  /** Recycles the id of a value whose request was never sent. */
  #forget(slot: Slot): void {
    slot.sent = undefined;
    if (this.#slots[slot.id] !== slot) return;
    this.#slots[slot.id] = undefined;
    this.#freeIds.push(slot.id);
  }

  /** Writes the deferred frees; their ids can be reused afterwards. */
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

/** Frees are sent with the next request, or once there are this many. */
const FREE_BATCH = 64;
/** Frees of small arrays and of values that do not exist yet wait until there are this many. */
const SMALL_FREES = 16;
