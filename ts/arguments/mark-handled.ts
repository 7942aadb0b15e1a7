import type { Channel } from "../client/channel.ts";
import { MAX_NESTED } from "../nd-array/shape.ts";
import { isObjectOfFields } from "./fields.ts";

/**
 * Like `attempt`, for operations on values from the user: if the operation fails, rejections of
 * these values are marked as handled. A pending call that also fails would otherwise be an
 * unhandled rejection, which ends Node even if the user caught the error.
 */
export function attemptWith<A>(channel: Channel, given: unknown, run: () => A): A {
  try {
    return run();
  } catch (error) {
    markHandled(given);
    // It never resolves, so its result type is irrelevant.
    return channel.rejected(error) as unknown as A;
  }
}

/**
 * Marks the failures of all promises in a value as handled, because a call reports them, or another
 * error is reported in their place.
 * @param hasFields Whether the fields of an object are part of the value; by default those of every
 *   object that may be a record or a variant.
 */
export function markHandled(
  given: unknown,
  hasFields: (value: object) => boolean = isObjectOfFields,
): void {
  const seen = new Set<object>();
  const rest: unknown[] = [given];
  while (rest.length > 0) {
    const value = rest.pop();
    if (typeof value !== "object" || value === null || seen.has(value)) continue;
    seen.add(value);
    if (value instanceof Promise) value.catch(ignore);
    else if (Array.isArray(value)) pushElements(rest, value);
    else if (hasFields(value)) pushFields(rest, value);
  }
}

function pushElements(rest: unknown[], values: readonly unknown[]): void {
  // A longer array is not a valid argument; a sparse one would take too long to traverse.
  if (values.length > MAX_NESTED) return;
  for (const value of values) if (typeof value === "object") rest.push(value);
}

function pushFields(rest: unknown[], values: object): void {
  // Read descriptors, so that getters are not called again.
  for (const { value } of Object.values(Object.getOwnPropertyDescriptors(values))) rest.push(value);
}

function ignore(): void {}
