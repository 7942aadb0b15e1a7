import type { ArrayTypeInfo } from "../bindings/program-info.ts";
import { isElemtype, type Operation } from "../client/operation.ts";
import type { Session } from "../client/session.ts";
import { type Ahead, hasSlots, SLOTS, type Slot } from "../client/slot.ts";
import type { TypedArray } from "../elemtypes.ts";
import { elementCount } from "../nd-array/shape.ts";
import { isSmall } from "../wire/small.ts";
import { readArray } from "./read-array.ts";
import { askSmall } from "./small-arrays.ts";

// `const y = await f(x); await y.values()` is two round trips, and for a small array nothing takes
// longer. So an entry point whose results are read by their users has the next ones read right
// behind the call, in the same write; `values()` then finds the elements here. Results that are
// passed on, consumed or kept are not read ahead for long: a few unread ones end it.

/** The elements of a result that was asked for before its user did. */
export class ReadAhead implements Ahead {
  #settled = false;
  #data: TypedArray | undefined;
  readonly #reply: Promise<void>;

  constructor(session: Session, slot: Slot) {
    const reply = askSmall(session, slot, (_, data) => {
      this.#settled = true;
      this.#data = data;
    });
    // What went wrong shows when the array is read again.
    this.#reply = reply.catch(() => {
      this.#settled = true;
    });
  }

  /** The elements; `undefined` where they did not come, for whatever reason. */
  take(): TypedArray | undefined | Promise<TypedArray | undefined> {
    return this.#settled ? this.#data : this.#reply.then(() => this.#data);
  }
}

/**
 * Asks for the elements of a call's result where those of the calls before were read.
 * To be called in the turn in which the call was made.
 */
export function readAhead(session: Session, operation: Operation, result: Promise<unknown>): void {
  const [type] = operation.outputs;
  if (operation.outputs.length !== 1 || isElemtype(type as ArrayTypeInfo)) return;
  if ((type as ArrayTypeInfo).kind !== "array") return;
  // Where calls block, one more request would be one more round trip.
  if (!(result instanceof Promise) || !hasSlots(result)) return;
  const [slot] = result[SLOTS];
  if (slot === undefined || slot.state !== "live" || slot.sent !== undefined) return;
  slot.origin = operation;
  operation.unread++;
  if (operation.unread <= MAX_UNREAD) slot.ahead = new ReadAhead(session, slot);
}

/** Copies an array's elements out of Futhark, or takes those that were read ahead. */
export function readValues(
  session: Session,
  slot: Slot,
  shape: readonly number[],
): Promise<TypedArray> {
  const { ahead, origin } = slot;
  if (origin !== undefined) {
    const { elemtype } = slot.type as ArrayTypeInfo;
    origin.unread = isSmall(elemtype, elementCount(shape)) ? 0 : MAX_UNREAD;
  }
  if (ahead === undefined) return readArray(session, slot, shape);
  // A second reader gets a copy of its own, as the first.
  slot.ahead = undefined;
  const data = ahead.take();
  if (data === undefined) return readArray(session, slot, shape);
  if (!(data instanceof Promise)) return Promise.resolve(data);
  const read = data.then((came) => came ?? readArray(session, slot, shape));
  slot.usedBy(read);
  return read;
}

/** Results in a row that nobody has read, after which no more are read ahead: they keep memory. */
const MAX_UNREAD = 4;
