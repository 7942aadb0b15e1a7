import { hasSlots, SLOTS } from "../client/slot.ts";
import { MAX_NESTED } from "../nd-array/shape.ts";
import { isPlainObject } from "../plain-object.ts";
import { MAX_DEPTH } from "./values.ts";

/**
 * Handles the failures of all pending calls within a value: whoever passes one on learns of them
 * from the call that takes it.
 */
export function handleFailures(value: unknown, depth = 0): void {
  if (typeof value !== "object" || value === null || depth > MAX_DEPTH) return;
  if (value instanceof Promise) value.catch(() => {});
  else if (Array.isArray(value)) {
    // One that is longer is refused, and may be all holes, which take minutes to go through.
    if (value.length > MAX_NESTED) return;
    for (const item of value) handleFailures(item, depth + 1);
  } else if (!isPlainObject(value)) return;
  else for (const item of Object.values(value)) handleFailures(item, depth + 1);
}

/** pythonia's own word for an object. */
export function asReference(value: unknown): unknown {
  return { $: "ref", v: (value as { ffid: number }).ffid };
}

/** A promise, or a path of attributes that was not awaited. A pending value has its number already. */
export function mustWait(value: unknown): boolean {
  if (hasSlots(value)) {
    const [slot, ...others] = value[SLOTS];
    return slot === undefined || slot.sent !== undefined || others.length > 0;
  }
  const kind = typeof value;
  if ((kind !== "object" && kind !== "function") || value === null) return false;
  return typeof (value as { then?: unknown }).then === "function";
}
