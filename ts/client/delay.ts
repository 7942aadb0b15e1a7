import { NdArray } from "../nd-array/nd-array.ts";
import type { Operand } from "./operand.ts";
import { Slot } from "./slot.ts";

/**
 * Returns whether a call with these operands must be delayed. Scalar results exist only in Node, so
 * a call that takes a pending one waits for it, and so do calls that take its results. A call that
 * overwrites a value waits for earlier delayed calls that read it. Most calls need no delay.
 * @param overwritten Positions of the operands that the call consumes or writes to.
 */
export function mustWait(
  operands: readonly Operand[],
  overwritten: readonly number[] = NONE,
): boolean {
  for (const place of overwritten) if (usersOf(operands[place]) !== undefined) return true;
  for (const operand of operands) {
    if (typeof operand !== "object") continue;
    if (operand instanceof Slot ? operand.sent !== undefined : operand instanceof Promise)
      return true;
  }
  return false;
}

/** Resolves to the operands once everything that {@link mustWait} checks for is available. */
export async function waitFor(
  operands: readonly Operand[],
  overwritten: readonly number[] = NONE,
): Promise<Operand[]> {
  const users = overwritten.flatMap((place) => [...(usersOf(operands[place]) ?? NONE)]);
  const values = await Promise.all(
    operands.map(async (operand) => {
      // The user may modify an array as soon as the call has returned.
      if (operand instanceof NdArray) return operand.copy();
      if (operand instanceof Slot) await operand.sent;
      return operand;
    }),
  );
  // The outcome of these calls does not affect this one.
  await Promise.allSettled(users);
  return values;
}

const NONE: readonly never[] = [];

function usersOf(operand: Operand | undefined): Set<Promise<unknown>> | undefined {
  return operand instanceof Slot ? operand.users : undefined;
}

/**
 * Allows the results of a request to be passed on before the request is sent.
 * @param results The slots of all values that the request creates.
 * @param send Sends the request.
 * @returns A promise that resolves to `{ answer: send(…) }` once the request has been sent.
 */
export function sendLater<A>(
  operands: readonly Operand[],
  results: readonly Slot[],
  waiting: Promise<readonly Operand[]>,
  send: (operands: readonly Operand[]) => A,
): Promise<{ readonly answer: A }> {
  const sent = waiting.then((values) => {
    const answer = send(values);
    for (const slot of results) slot.sent = undefined;
    return { answer };
  });
  for (const operand of operands) if (operand instanceof Slot) operand.usedBy(sent);
  // If sending fails, `sent` stays set, so calls on the results fail with the same cause.
  for (const slot of results) slot.sent = sent;
  return sent;
}
