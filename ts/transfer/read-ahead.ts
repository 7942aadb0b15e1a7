import { messageBytes } from "../arrow/codec.ts";
import type { ArrayTypeInfo } from "../bindings/program-info.ts";
import type { Answer, Manner } from "../client/answer.ts";
import { isElemtype, type Operation } from "../client/operation.ts";
import type { Session } from "../client/session.ts";
import { hasSlots, SLOTS, type Slot } from "../client/slot.ts";
import { elementCount, sameShape } from "../nd-array/shape.ts";
import { isSmall } from "../wire/inline-limit.ts";
import type { Destination } from "./destination.ts";
import { Elements } from "./elements.ts";
import { readArray } from "./read-array.ts";
import { tracedOut } from "./traced-read.ts";

// `const y = await f(x); await y.values()` takes two round trips, each of which may have to wake
// both processes. If results of an entry point are read, its next results are therefore requested
// right behind the call, in the same write, for `values()` or `borrow()` to pick up. Large results
// are, once two in a row had the same shape, which is then expected of the next. Unread results,
// which were passed on, consumed or kept, disable this again: a few small ones or a large one.

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
  const { largeShape } = operation;
  if (largeShape === undefined) {
    if (operation.unread <= MAX_UNREAD) slot.ahead = Elements.small(session, slot);
  } else if (operation.unread === 1) {
    slot.ahead = Elements.large(session, slot, largeShape, operation.copiesLarge);
  }
}

/** Reads an array's elements out of Futhark, or takes those that were read ahead. */
export function readTo<M extends Manner, T>(
  session: Session<M>,
  slot: Slot,
  shape: readonly number[],
  destination: Destination<T>,
): Answer<M, T> {
  return tracedOut(slot, shape, () => readOrTake(session, slot, shape, destination));
}

function readOrTake<M extends Manner, T>(
  session: Session<M>,
  slot: Slot,
  shape: readonly number[],
  destination: Destination<T>,
): Answer<M, T> {
  const { ahead, origin } = slot;
  if (origin !== undefined) learn(origin, slot, shape, destination.prepare !== undefined);
  if (!(ahead instanceof Elements)) return readArray(session, slot, shape, destination);
  // Each reader gets a copy of its own, so the elements are handed out only once.
  slot.ahead = undefined;
  const taken = ahead.take(shape, destination);
  if (taken === undefined) return readArray(session, slot, shape, destination);
  const { channel } = session;
  if (!(taken instanceof Promise)) return channel.known<T>(taken);
  const read = channel.after(taken as Answer<M, T | undefined>, (came) =>
    came === undefined ? readArray(session, slot, shape, destination) : channel.known<T>(came),
  );
  slot.usedBy(read as Promise<T>); // blocking channels never read ahead
  return read;
}

/** Records that a result was read, to predict what becomes of the next ones. */
function learn(operation: Operation, slot: Slot, shape: readonly number[], copies: boolean): void {
  const { elemtype } = slot.type as ArrayTypeInfo;
  if (isSmall(elemtype, elementCount(shape))) {
    operation.largeShape = undefined;
    operation.unread = 0;
    return;
  }
  const { largeShape } = operation;
  const steady = largeShape !== undefined && sameShape(largeShape, shape);
  operation.largeShape = shape;
  operation.copiesLarge = copies;
  const expected = steady && messageBytes(elemtype, shape) <= MAX_AHEAD_BYTES;
  operation.unread = expected ? 0 : Number.POSITIVE_INFINITY;
}

function answersLater(session: Session): session is Session<"promise"> {
  return session.channel.manner === "promise";
}

/** The back ends whose calls end with the computation. */
const REPORTS_AT_ONCE: ReadonlySet<string> = new Set(["c", "multicore", "ispc"]);

/** The number of consecutive unread small results that disables reading ahead. */
const MAX_UNREAD = 4;

/** Above, a round trip is a small part of a call, and an unread copy a large one. */
const MAX_AHEAD_BYTES = 2 ** 25;
