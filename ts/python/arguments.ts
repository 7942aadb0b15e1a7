import { hasSlots, SLOTS } from "../client/slot.ts";

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
