import { hasSlots, SLOTS } from "../client/slot.ts";
import { MAX_NESTED } from "../nd-array/shape.ts";
import { isPlainObject } from "../plain-object.ts";
import { MAX_DEPTH } from "./encoding.ts";

/**
 * Marks the failures of all pending calls within a value as handled: the call that takes the value
 * reports them.
 */
export function handleFailures(value: unknown, depth = 0): void {
  if (typeof value !== "object" || value === null || depth > MAX_DEPTH) return;
  if (value instanceof Promise) value.catch(() => {});
  else if (Array.isArray(value)) {
    // A longer array is rejected later; a sparse one could take minutes to traverse.
    if (value.length > MAX_NESTED) return;
    for (const item of value) handleFailures(item, depth + 1);
  } else if (!isPlainObject(value)) return;
  else for (const item of Object.values(value)) handleFailures(item, depth + 1);
}

/** Returns pythonia's own encoding of an object reference. */
export function asReference(value: unknown): unknown {
  return { $: "ref", v: (value as { ffid: number }).ffid };
}

/** Returns whether to await a value: an attribute path, or a promise without one sent slot. */
export function mustWait(value: unknown): boolean {
  if (hasSlots(value)) {
    const [slot, ...others] = value[SLOTS];
    return slot === undefined || slot.sent !== undefined || others.length > 0;
  }
  const kind = typeof value;
  if ((kind !== "object" && kind !== "function") || value === null) return false;
  return typeof (value as { then?: unknown }).then === "function";
}
