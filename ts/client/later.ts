import { NdArray } from "../nd-array/nd-array.ts";
import type { Packer } from "../wire/packer.ts";
import { Slot } from "./slot.ts";

/** An array in memory shared with the worker, for a single call. */
export interface Lent {
  /** Must be called just before the call is written. The memory is reusable after the reply. */
  announce(): void;
  /** Writes the location of the data. */
  write(body: Packer): void;
  /** Uploads the array as a separate value instead, and releases the memory. */
  sendAhead(): Slot;
  /** Releases the memory if no call will be made. A no-op once announced. */
  release(): void;
}

/**
 * An operand: an argument prepared for the wire. Either a value that the worker holds, an inline or
 * shared array, a checked scalar, or a promise of an earlier call's scalar result.
 */
export type Word =
  | Slot
  | NdArray
  | Lent
  | number
  | bigint
  | boolean
  | Promise<number | bigint | boolean>;

/** Returns whether an operand is a {@link Lent} array. */
export function isLent(word: Word | undefined): word is Lent {
  return typeof word === "object" && "sendAhead" in word;
}

/**
 * Returns whether a call with these operands must be delayed. Scalar results exist only in Node, so
 * a call that takes a pending one waits for it, and so do calls that take its results. A call that
 * overwrites a value waits for earlier delayed calls that read it. Most calls need no delay.
 * @param overwritten Positions of the operands that the call consumes or writes to.
 */
export function mustWait(words: readonly Word[], overwritten: readonly number[] = NONE): boolean {
  for (const place of overwritten) if (usersOf(words[place]) !== undefined) return true;
  for (const word of words) {
    if (typeof word !== "object") continue;
    if (word instanceof Slot ? word.sent !== undefined : word instanceof Promise) return true;
  }
  return false;
}

/** Resolves to the operands once everything that {@link mustWait} checks for is available. */
export async function waitFor(
  words: readonly Word[],
  overwritten: readonly number[] = NONE,
): Promise<Word[]> {
  const users = overwritten.flatMap((place) => [...(usersOf(words[place]) ?? NONE)]);
  const values = await Promise.all(
    words.map(async (word) => {
      // The user may modify an array as soon as the call has returned.
      if (word instanceof NdArray) return word.copy();
      if (word instanceof Slot) await word.sent;
      return word;
    }),
  );
  // The outcome of these calls does not affect this one.
  await Promise.allSettled(users);
  return values;
}

const NONE: readonly never[] = [];

function usersOf(word: Word | undefined): Set<Promise<unknown>> | undefined {
  return word instanceof Slot ? word.users : undefined;
}

/**
 * Allows the results of a request to be passed on before the request is sent.
 * @param results The slots of all values that the request creates.
 * @param send Sends the request.
 * @returns A promise that resolves to `{ answer: send(…) }` once the request has been sent.
 */
export function sendLater<A>(
  words: readonly Word[],
  results: readonly Slot[],
  waiting: Promise<readonly Word[]>,
  send: (words: readonly Word[]) => A,
): Promise<{ readonly answer: A }> {
  const sent = waiting.then((values) => {
    const answer = send(values);
    for (const slot of results) slot.sent = undefined;
    return { answer };
  });
  for (const word of words) if (word instanceof Slot) word.usedBy(sent);
  // If sending fails, `sent` stays set, so calls on the results fail with the same cause.
  for (const slot of results) slot.sent = sent;
  return sent;
}

/** Uploads shared arrays as values, because a delayed call must not hold on to their memory. */
export function sendAhead(words: readonly Word[]): { named: Word[]; made: Slot[] } {
  const made: Slot[] = [];
  const named = words.map((word) => {
    if (!isLent(word)) return word;
    const slot = word.sendAhead();
    made.push(slot);
    return slot;
  });
  return { named, made };
}
