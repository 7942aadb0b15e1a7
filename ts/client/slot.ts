import type { TypeInfo } from "../bindings/program-info.ts";
import type { TypedArray } from "../elemtypes.ts";
import { ValueStateError } from "../errors.ts";
import type { Operation } from "./operation.ts";

/** Who can free values. */
export interface SlotOwner {
  release(slot: Slot): void;
}

/** Elements that were asked for before they were needed. */
export interface Ahead {
  take(): TypedArray | undefined | Promise<TypedArray | undefined>;
}

/**
 * The identity of one value that the worker holds, or will hold.
 * The client names values itself, so that a slot exists as soon as the call that will
 * fill it has been made: handles and pending calls are two views of one slot.
 *
 * No two slots have one number at a time. A slot has its number from when it is allocated until
 * it has been released and a FREE of the number has been written. Released it is by its handle
 * (`free`, collection), by the end of the call for which alone it was made, or by the failure of
 * the request that should make it; its `state` says what its user may do with it, and does not
 * matter here: a consumed value has its number until its handle goes. The FREE is not written
 * before
 * - the request that makes the value: `sent` is pending as long as that has to wait;
 * - the requests that take it: `users` has those that have to wait.
 * What waits is written, or fails, some time: whatever it waits for settles. The number of a value
 * whose request failed before it was written is taken back without a FREE.
 */
export class Slot {
  /** Number on the wire; used again for another value once this one was freed. */
  readonly id: number;
  readonly type: TypeInfo;
  /** Whose it is: compared by identity. */
  readonly owner: SlotOwner;
  state: "live" | "freed" | "consumed" | "lost" | "failed" = "live";
  /** What consumed it, or why it is lost. */
  reason = "";
  /** Whether its memory is worth a message of its own when it is freed; unknown before it is there. */
  large: boolean | undefined;
  /** Why it could not be made: told again by whatever uses it. */
  failure: unknown;
  /** The argument that it was made of, for one call: how an error names it. */
  where: string | undefined;
  /** Calls that still have to be sent with it: it must not be freed or overwritten before. */
  users: Set<Promise<unknown>> | undefined;
  /** What was put off until no such call is left. */
  afterUse: (() => void) | undefined;
  /** The entry point whose result it is. */
  origin: Operation | undefined;
  /** Its elements, where they were asked for with the call. */
  ahead: Ahead | undefined;
  /** Settles when the request that fills the slot has been sent, where that has to wait. */
  sent: Promise<unknown> | undefined;

  constructor(id: number, type: TypeInfo, owner: SlotOwner) {
    this.id = id;
    this.type = type;
    this.owner = owner;
  }

  /** Gives the value up: it is freed when the calls that were made with it have been sent. */
  free(): void {
    if (this.state === "live") this.state = "freed";
    this.owner.release(this);
  }

  /** Fails what uses the value from now on, whether or not it comes. */
  giveUp(error: unknown): void {
    if (this.state !== "live") return;
    this.state = "failed";
    this.failure = error;
  }

  /** Keeps the value until a call that takes it has been sent, or cannot be. */
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

  /** Keeps the value until what is read from it is there, if that is not at once; gives that. */
  keptFor<A>(answer: A): A {
    if (!(answer instanceof Promise)) return answer;
    let done = (): void => {};
    this.usedBy(
      new Promise<void>((resolve) => {
        done = resolve;
      }),
    );
    // In a line, not beside: V8 follows a promise to who awaits it only where one reaction does.
    return answer.finally(done) as A;
  }

  /** @throws {ValueStateError} The value is gone; or whatever the call threw that should have made it. */
  check(where: string): void {
    if (this.state !== "live") throw this.refusal(where);
  }

  /** The error for using a value that is not live. */
  refusal(where: string): Error {
    if (this.state === "failed") return this.failure as Error; // what a call threw
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

/** Stands for the result of a call that was never sent. */
export function failedSlot(error: unknown): Slot {
  const slot = new Slot(0, { kind: "opaque", name: "nothing" }, NOBODY);
  slot.state = "failed";
  slot.failure = error;
  return slot;
}

const NOBODY: SlotOwner = { release: () => {} };

/** The values that a call is to give, one after the other: `undefined` for a scalar. */
export type ResultSlots = readonly (Slot | undefined)[];

/** Where handles and pending calls keep the slots that they stand for. */
export const SLOTS: unique symbol = Symbol("futhark slots");

/** Something that can be passed as an argument before, or instead of, its data. */
export interface HasSlots {
  readonly [SLOTS]: readonly Slot[];
}

/**
 * Lets a class stand for its slots. Isolated declarations refuse a member of such a name, and a
 * field of its own would show in `console.log`.
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
