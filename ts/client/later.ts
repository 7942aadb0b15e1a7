import { Pending } from "./pending.ts";
import { Slot } from "./slot.ts";

/**
 * An argument made ready for the wire: a value that the worker has, a checked scalar, or
 * the scalar that an earlier call will give.
 */
export type Word = Slot | number | bigint | boolean | Promise<number | bigint | boolean>;

/**
 * What has to come before a call with these arguments can be sent: a scalar result lives
 * in Node only, so a call that takes one waits for it, and so do the calls that take its results.
 */
export function waitFor(words: readonly Word[]): Promise<Word[]> | undefined {
  let waits = false;
  for (const word of words) {
    if (word instanceof Slot ? word.sent !== undefined : word instanceof Promise) waits = true;
  }
  if (!waits) return undefined;
  return Promise.all(
    words.map(async (word) => {
      if (word instanceof Slot) await word.sent;
      return word;
    }),
  );
}

/**
 * Sends a call when its arguments are there; its results can be passed on at once.
 * @param results All values that it makes.
 * @param passable Those that the pending call stands for when it is passed on.
 */
export function sendLater<T>(
  words: readonly Word[],
  results: readonly Slot[],
  passable: readonly Slot[],
  ready: Promise<readonly Word[]>,
  send: (words: readonly Word[]) => Promise<T>,
): Pending<T> {
  const pinned = words.filter((word) => word instanceof Slot);
  for (const slot of pinned) slot.pins++;
  let reply: Promise<T> | undefined;
  const sent = ready
    .then((values) => {
      reply = send(values);
      for (const slot of results) slot.sent = undefined;
    })
    .finally(() => {
      for (const slot of pinned) slot.unpin();
    });
  // Where it fails, `sent` stays: calls on the results fail with the same cause.
  for (const slot of results) slot.sent = sent;
  return new Pending((resolve, reject) => {
    sent.then(() => resolve(reply as Promise<T> as T), reject);
  }, passable);
}
