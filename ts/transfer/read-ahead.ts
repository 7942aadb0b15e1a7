import type { ArrayTypeInfo } from "../bindings/program-info.ts";
import type { Answer, Manner } from "../client/answer.ts";
import { isElemtype, type Operation } from "../client/operation.ts";
import type { Session } from "../client/session.ts";
import { type Ahead, hasSlots, SLOTS, type Slot } from "../client/slot.ts";
import type { TypedArray } from "../elemtypes.ts";
import { elementCount } from "../nd-array/shape.ts";
import { isSmall } from "../wire/small.ts";
import { tracedOut } from "./outgoing.ts";
import { readArray } from "./read-array.ts";
import { askSmall } from "./small-arrays.ts";

// `const y = await f(x); await y.values()` is two round trips, and for a small array nothing takes
// longer. So an entry point whose results are read by their users has the next ones read right
// behind the call, in the same write; `values()` then finds the elements here. Results that are
// passed on, consumed or kept are not read ahead for long: a few unread ones end it.

/** The elements of a result, requested before its user asks for them. */
class Elements implements Ahead {
  #settled = false;
  #data: TypedArray | undefined;
  readonly #reply: Promise<void>;

  constructor(session: Session<"promise">, slot: Slot) {
    const request = askSmall(slot, (_, data) => {
      this.#settled = true;
      this.#data = data;
    });
    // What went wrong shows when the array is read again.
    this.#reply = session.channel.request(request).catch(() => {
      this.#settled = true;
    });
  }

  take(): TypedArray | undefined | Promise<TypedArray | undefined> {
    return this.#settled ? this.#data : this.#reply.then(() => this.#data);
  }
}

/**
 * Requests the elements of a call's result if those of the calls before were read.
 * To be called in the turn in which the call was made.
 */
export function readAhead(session: Session, operation: Operation, result: unknown): void {
  const [type] = operation.outputs;
  if (operation.outputs.length !== 1 || type === undefined || isElemtype(type)) return;
  // If calls block, one more request would be one more round trip.
  if (type.kind !== "array" || !answersLater(session) || !hasSlots(result)) return;
  const [slot] = result[SLOTS];
  if (slot === undefined || slot.state !== "live" || slot.sent !== undefined) return;
  slot.origin = operation;
  operation.unread++;
  if (operation.unread <= MAX_UNREAD) slot.ahead = new Elements(session, slot);
}

/** Copies an array's elements out of Futhark, or takes those that were read ahead. */
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
  // A second reader gets a copy of its own, as the first.
  slot.ahead = undefined;
  const data = ahead.take();
  if (data === undefined) return readArray(session, slot, shape);
  const { channel } = session;
  if (!(data instanceof Promise)) return channel.known<TypedArray>(data);
  const read = channel.after(data as Answer<M, TypedArray | undefined>, (came) =>
    came === undefined ? readArray(session, slot, shape) : channel.known<TypedArray>(came),
  );
  slot.usedBy(read as Promise<TypedArray>); // nothing is read ahead if calls block
  return read;
}

function answersLater(session: Session): session is Session<"promise"> {
  return session.channel.manner === "promise";
}

/** Results in a row that nobody has read, after which no more are read ahead: they keep memory. */
const MAX_UNREAD = 4;
