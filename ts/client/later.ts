import { NdArray } from "../nd-array/nd-array.ts";
import { Pending } from "./pending.ts";
import { Slot } from "./slot.ts";

/**
 * An argument made ready for the wire: a value that the worker has, a small array that goes
 * along, a checked scalar, or the scalar that an earlier call will give.
 */
export type Word = Slot | NdArray | number | bigint | boolean | Promise<number | bigint | boolean>;

/**
 * What has to come before a call with these arguments can be sent: a scalar result lives
 * in Node only, so a call that takes one waits for it, and so do the calls that take its
 * results. One that overwrites a value waits for the calls before it that read the value.
 * @param overwritten Places of the arguments that the call consumes or writes to.
 */
export function waitFor(
  words: readonly Word[],
  overwritten: readonly number[] = NONE,
): Promise<Word[]> | undefined {
  // Nearly all calls go at once: nothing is made for them here.
  let waits = false;
  for (const place of overwritten) if (usersOf(words[place]) !== undefined) waits = true;
  for (const word of words) {
    if (typeof word !== "object") continue;
    if (word instanceof Slot ? word.sent !== undefined : word instanceof Promise) waits = true;
  }
  if (!waits) return undefined;
  const users = overwritten.flatMap((place) => [...(usersOf(words[place]) ?? NONE)]);
  return ready(words, users);
}

const NONE: readonly never[] = [];

function usersOf(word: Word | undefined): Set<Promise<unknown>> | undefined {
  return word instanceof Slot ? word.users : undefined;
}

async function ready(words: readonly Word[], users: readonly Promise<unknown>[]): Promise<Word[]> {
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
  passable: readonly Slot[],
  waiting: Promise<readonly Word[]>,
  send: (words: readonly Word[]) => Promise<T>,
): { sent: Promise<void>; result: Pending<T> } {
  let reply: Promise<T> | undefined;
  const sent = sendLater(words, results, waiting, (values) => {
    reply = send(values);
  });
  const result = new Pending<T>((resolve, reject) => {
    sent.then(() => resolve(reply as Promise<T> as T), reject);
  }, passable);
  return { sent, result };
}
