import type { Channel } from "../client/channel.ts";
import { MAX_NESTED } from "../nd-array/shape.ts";
import { isPlainObject } from "../plain-object.ts";
import { Variant } from "./variant.ts";

/**
 * As `attempt`, for what is done with values that a user gave: where it fails, their failures are
 * told with it. A pending call among them that fails too is then no unhandled rejection, which
 * would end Node though the user caught the error.
 */
export function attemptWith<A>(channel: Channel, given: unknown, run: () => A): A {
  try {
    return run();
  } catch (error) {
    leaveFailures(given);
    // It never gives a result, of whatever type.
    return channel.rejected(error) as unknown as A;
  }
}

/** Marks the promises in an argument as handled: another failure is told in place of theirs. */
export function leaveFailures(given: unknown): void {
  const seen = new Set<object>();
  const rest: unknown[] = [given];
  while (rest.length > 0) {
    const value = rest.pop();
    if (typeof value !== "object" || value === null || seen.has(value)) continue;
    seen.add(value);
    if (value instanceof Promise) value.catch(ignore);
    else if (value instanceof Variant) rest.push(value.variant, value.payload);
    else if (Array.isArray(value)) pushElements(rest, value);
    else if (isPlainObject(value)) pushFields(rest, value);
  }
}

function pushElements(rest: unknown[], values: readonly unknown[]): void {
  // One that is longer is no argument, and may be all holes, which take minutes to go through.
  if (values.length > MAX_NESTED) return;
  for (const value of values) if (typeof value === "object") rest.push(value);
}

function pushFields(rest: unknown[], values: object): void {
  // Getters are not called again.
  for (const { value } of Object.values(Object.getOwnPropertyDescriptors(values))) rest.push(value);
}

function ignore(): void {}
