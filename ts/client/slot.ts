import type { TypeInfo } from "../bindings/program-info.ts";
import { ValueStateError } from "../errors.ts";
import type { Operation } from "./operation.ts";

/** An object that can free values. */
export interface SlotOwner {
  release(slot: Slot): void;
}

/** Elements requested before the user asked for them. */
export interface Ahead {
  /** Drops them, and the memory that holds them. */
  drop(): void;
}

/**
 * The identity of one value that the worker holds or will hold. The client assigns ids itself, so a
 * slot exists as soon as the call that creates the value has been made; handles and pending calls
 * are two views of one slot.
 *
 * Ids are unique among allocated slots. A slot keeps its id from its allocation until it has been
 * released and a FREE of the id has been written. It is released through its handle (`free` or
 * garbage collection), after the only call that it was created for, or when the request that
 * creates it fails. `state` only controls what the user may do with the value: a consumed value
 * keeps its id until its handle is released. The FREE is written only after
 * - the request that creates the value: `sent` is pending while that is delayed;
 * - the requests that use it: `users` holds the delayed ones.
 * Every delayed request is eventually written or fails, because everything it waits for settles. If
 * a request fails before it is written, the ids of its results are recycled without a FREE.
 */
export class Slot {
  /** The id in messages; reused for another value after this one is freed. */
  readonly id: number;
  readonly type: TypeInfo;
  /** The owning session, compared by identity. */
  readonly owner: SlotOwner;
  state: "live" | "freed" | "consumed" | "lost" | "failed" = "live";
  /** What consumed the value, or why it was lost. */
  reason = "";
  /** Whether the memory is large enough to free early; unknown until the value exists. */
  large: boolean | undefined;
  /** Size of the elements of an array, once it exists; 0 for other values. */
  bytes = 0;
  /** Why the value could not be created; reported by every use of it. */
  failure: unknown;
  /** For a temporary: the argument it was created from, for error messages. */
  where: string | undefined;
  /** Delayed calls and unfinished reads; the value must not be freed or overwritten before them. */
  users: Set<Promise<unknown>> | undefined;
  /** An action deferred until `users` is empty. */
  afterUse: (() => void) | undefined;
  /** The entry point that returned the value. */
  origin: Operation | undefined;
  /** The elements, if they were requested along with the call. */
  ahead: Ahead | undefined;
  /** Settles when the request that creates the value has been sent; set only if it is delayed. */
  sent: Promise<unknown> | undefined;

  constructor(id: number, type: TypeInfo, owner: SlotOwner) {
    this.id = id;
    this.type = type;
    this.owner = owner;
  }

  /** Releases the value. It is freed once the calls made with it have been sent. */
  free(): void {
    if (this.state === "live") this.state = "freed";
    this.owner.release(this);
  }

  /** Gives up the elements that were requested along with the call. */
  dropAhead(): void {
    this.ahead?.drop();
    this.ahead = undefined;
  }

  /** Marks the value as failed, so that later uses throw `error`, even if it is created. */
  giveUp(error: unknown): void {
    if (this.state !== "live") return;
    this.state = "failed";
    this.failure = error;
  }

  /** Keeps the value alive until a call that uses it has been sent or has failed. */
  usedBy(sent: Promise<unknown>): void {
    this.users ??= new Set();
    this.users.add(sent);
    const done = (): void => {
      this.users?.delete(sent);
      if (this.users?.size !== 0) return;
      this.users = undefined;
      this.afterUse?.();
    };
    sent.then(done, done);
  }

  /** Keeps the value alive until `answer` settles, if it is a promise. Returns the answer. */
  keptFor<A>(answer: A): A {
    if (!(answer instanceof Promise)) return answer;
    let done = (): void => {};
    this.usedBy(
      new Promise<void>((resolve) => {
        done = resolve;
      }),
    );
    // Chained, not a second reaction: V8 finds the awaiting function only through a single one.
    return answer.finally(done) as A;
  }

  /** @throws {ValueStateError} The value is gone; or the error of the call that creates it. */
  check(where: string): void {
    if (this.state !== "live") throw this.refusal(where);
  }

  /** Returns the error for using a value that is not live. */
  refusal(where: string): Error {
    if (this.state === "failed") return this.failure as Error;
    const what = `${where}: the value of type ${this.type.name}`;
    if (this.state === "consumed") {
      return new ValueStateError("consumed", `${what} was consumed by ${this.reason}`);
    }
    if (this.state === "lost") {
      return new ValueStateError("freed", `${what} is lost: ${this.reason}`);
    }
    return new ValueStateError("freed", `${what} was freed`);
  }
}

/** Returns a slot for the result of a call that was never sent. */
export function failedSlot(error: unknown): Slot {
  const slot = new Slot(0, { kind: "opaque", name: "nothing" }, NOBODY);
  slot.state = "failed";
  slot.failure = error;
  return slot;
}

const NOBODY: SlotOwner = { release: () => {} };

/** The slots of a call's results, in order; `undefined` for a scalar. */
export type ResultSlots = readonly (Slot | undefined)[];

/** The property under which handles and pending calls expose their slots. */
export const SLOTS: unique symbol = Symbol("futhark slots");

/** An object that can be passed as an argument in place of data. */
export interface HasSlots {
  readonly [SLOTS]: readonly Slot[];
}

/**
 * Defines the {@link SLOTS} property of a class. As a class member it would be rejected by isolated
 * declarations, and as a field it would show in `console.log`.
 */
export function exposeSlots<T extends object>(
  prototype: T,
  slotsOf: (value: T) => readonly Slot[],
): void {
  Object.defineProperty(prototype, SLOTS, {
    get(this: T): readonly Slot[] {
      return slotsOf(this);
    },
  });
}

export function hasSlots(value: unknown): value is HasSlots {
  return typeof value === "object" && value !== null && SLOTS in value;
}
