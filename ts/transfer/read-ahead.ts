import type { ArrayTypeInfo } from "../bindings/program-info.ts";
import type { Answer, Manner } from "../client/answer.ts";
import { isElemtype, type Operation } from "../client/operation.ts";
import type { Session } from "../client/session.ts";
import { type Ahead, hasSlots, SLOTS, type Slot } from "../client/slot.ts";
import type { TypedArray } from "../elemtypes.ts";
import { elementCount, sameShape } from "../nd-array/shape.ts";
import { isSmall } from "../wire/inline-limit.ts";
import { readArray } from "./read-array.ts";
import { askSmall } from "./small-arrays.ts";
import { tracedOut } from "./traced-read.ts";

// `const y = await f(x); await y.values()` takes two round trips, which dominate for small arrays.
// If results of an entry point are read, its next results are therefore requested right behind the
// call, in the same write, for `values()` to pick up. A few consecutive unread results, which were
// passed on, consumed or kept, disable this again.

/** The elements of a result, requested before the user asks for them. */
class Elements implements Ahead {
  #settled = false;
  #data: TypedArray | undefined;
  #shape: readonly number[] = [];
  readonly #reply: Promise<void>;

  constructor(session: Session<"promise">, slot: Slot) {
    const request = askSmall(slot, (shape, data) => {
      this.#settled = true;
      this.#shape = shape;
      this.#data = data;
    });
    // The error is reported when the array is read again.
    this.#reply = session.channel.request(request).catch(() => {
      this.#settled = true;
    });
  }

  take(shape: readonly number[]): TypedArray | undefined | Promise<TypedArray | undefined> {
    return this.#settled ? this.#of(shape) : this.#reply.then(() => this.#of(shape));
  }

  /** Returns `undefined` for another shape than in the call's reply: reading again reports it. */
  #of(shape: readonly number[]): TypedArray | undefined {
    return sameShape(this.#shape, shape) ? this.#data : undefined;
  }
}

/**
 * Requests the elements of a call's result if results of earlier calls were read. Must be called in
 * the same turn as the call.
 */
export function readAhead(session: Session, operation: Operation, result: unknown): void {
  const [type] = operation.outputs;
  if (operation.outputs.length !== 1 || type === undefined || isElemtype(type)) return;
  // A device reports the failure of a call once, to whatever waits for it next: that must be a
  // request of the user's, as without the report the call's results look right.
  if (!REPORTS_AT_ONCE.has(session.info.backend)) return;
  // On a blocking channel, an additional request would cost a round trip.
  if (type.kind !== "array" || !answersLater(session) || !hasSlots(result)) return;
  const [slot] = result[SLOTS];
  if (slot === undefined || slot.state !== "live" || slot.sent !== undefined) return;
  slot.origin = operation;
  operation.unread++;
  if (operation.unread <= MAX_UNREAD) slot.ahead = new Elements(session, slot);
}

/** Copies an array's elements out of Futhark, or returns those that were read ahead. */
export function readValues<M extends Manner>(
  session: Session<M>,
  slot: Slot,
  shape: readonly number[],
): Answer<M, TypedArray> {
  return tracedOut(slot, shape, () => readOrTake(session, slot, shape));
}

function readOrTake<M extends Manner>(
  session: Session<M>,
  slot: Slot,
  shape: readonly number[],
): Answer<M, TypedArray> {
  const { ahead, origin } = slot;
  if (origin !== undefined) {
    const { elemtype } = slot.type as ArrayTypeInfo;
    origin.unread = isSmall(elemtype, elementCount(shape)) ? 0 : MAX_UNREAD;
  }
  if (ahead === undefined) return readArray(session, slot, shape);
  // Each reader gets a copy of its own, so the elements are handed out only once.
  slot.ahead = undefined;
  const data = ahead.take(shape);
  if (data === undefined) return readArray(session, slot, shape);
  const { channel } = session;
  if (!(data instanceof Promise)) return channel.known<TypedArray>(data);
  const read = channel.after(data as Answer<M, TypedArray | undefined>, (came) =>
    came === undefined ? readArray(session, slot, shape) : channel.known<TypedArray>(came),
  );
  slot.usedBy(read as Promise<TypedArray>); // blocking channels never read ahead
  return read;
}

function answersLater(session: Session): session is Session<"promise"> {
  return session.channel.manner === "promise";
}

/** The back ends whose calls end with the computation. */
const REPORTS_AT_ONCE: ReadonlySet<string> = new Set(["c", "multicore", "ispc"]);

/** The number of consecutive unread results that disables reading ahead, which costs memory. */
const MAX_UNREAD = 4;
