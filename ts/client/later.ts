import { NdArray } from "../nd-array/nd-array.ts";
import type { Packer } from "../wire/packer.ts";
import type { PendingCall } from "./pending.ts";
import { pendingOf, type Results } from "./pending-tuple.ts";
import { Slot } from "./slot.ts";

/** An array in memory that the worker can read, for one call. */
export interface Lent {
  /** To be called just before the call is written: the memory serves again when it is answered. */
  announce(): void;
  /** Writes where it is. */
  write(body: Packer): void;
  /** Makes a value of it instead, and gives the memory up. */
  sendAhead(): Slot;
  /** Gives the memory up where there will be no call; does nothing once it was announced. */
  release(): void;
}

/**
 * An argument made ready for the wire: a value that the worker has, an array that goes along,
 * a checked scalar, or the scalar that an earlier call will give.
 */
export type Word =
  | Slot
  | NdArray
  | Lent
  | number
  | bigint
  | boolean
  | Promise<number | bigint | boolean>;

/** Whether an argument is a {@link Lent} array. */
export function isLent(word: Word | undefined): word is Lent {
  return typeof word === "object" && "sendAhead" in word;
}

/**
 * Whether something has to come before a call with these arguments can be sent: a scalar result
 * lives in Node only, so a call that takes one waits for it, and so do the calls that take its
 * results. One that overwrites a value waits for the calls before it that read the value. Nearly
 * all calls go at once.
 * @param overwritten Places of the arguments that the call consumes or writes to.
 */
export function mustWait(words: readonly Word[], overwritten: readonly number[] = NONE): boolean {
  for (const place of overwritten) if (usersOf(words[place]) !== undefined) return true;
  for (const word of words) {
    if (typeof word !== "object") continue;
    if (word instanceof Slot ? word.sent !== undefined : word instanceof Promise) return true;
  }
  return false;
}

/** The arguments, when all is there that {@link mustWait} tells of. */
export async function waitFor(
  words: readonly Word[],
  overwritten: readonly number[] = NONE,
): Promise<Word[]> {
  const users = overwritten.flatMap((place) => [...(usersOf(words[place]) ?? NONE)]);
  const values = await Promise.all(
    words.map(async (word) => {
      // The user may change an array as soon as the call has been made.
      if (word instanceof NdArray) return word.copy();
      if (word instanceof Slot) await word.sent;
      return word;
    }),
  );
  // How these end is not this call's concern.
  await Promise.allSettled(users);
  return values;
}

const NONE: readonly never[] = [];

function usersOf(word: Word | undefined): Set<Promise<unknown>> | undefined {
  return word instanceof Slot ? word.users : undefined;
}

/**
 * Sends a request when its arguments are there; what it makes can be passed on at once.
 * @param results All values that it makes.
 * @param send Sends it.
 * @returns Resolves when it has been sent.
 */
export function sendLater(
  words: readonly Word[],
  results: readonly Slot[],
  waiting: Promise<readonly Word[]>,
  send: (words: readonly Word[]) => void,
): Promise<void> {
  const sent = waiting.then((values) => {
    send(values);
    for (const slot of results) slot.sent = undefined;
  });
  for (const word of words) if (word instanceof Slot) word.usedBy(sent);
  // Where it fails, `sent` stays: calls on the results fail with the same cause.
  for (const slot of results) slot.sent = sent;
  return sent;
}

/** As {@link sendLater}, for a request with a reply: a call that can be passed on. */
export function callLater<T>(
  words: readonly Word[],
  results: readonly Slot[],
  passable: Results,
  waiting: Promise<readonly Word[]>,
  send: (words: readonly Word[]) => Promise<T>,
): { sent: Promise<void>; result: PendingCall<T> } {
  let reply: Promise<T> | undefined;
  const sent = sendLater(words, results, waiting, (values) => {
    reply = send(values);
  });
  const result = pendingOf<T>((resolve, reject) => {
    sent.then(() => resolve(reply as Promise<T> as T), reject);
  }, passable);
  return { sent, result };
}
