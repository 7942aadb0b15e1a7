import { inspect } from "node:util";
import { hasSlots, SLOTS } from "../client/slot.ts";

/** Describes a value for the "got" part of an error message. */
export function got(value: unknown): string {
  if (hasSlots(value)) {
    const [slot] = value[SLOTS];
    if (value instanceof Promise) {
      return slot === undefined ? "a pending call" : `a pending call of type ${slot.type.name}`;
    }
    const shape = "shape" in value ? ` of shape [${String(value.shape)}]` : "";
    return `a ${slot?.type.name}${shape}`;
  }
  if (ArrayBuffer.isView(value)) {
    const length = "length" in value ? ` of length ${String(value.length)}` : "";
    return `${value.constructor.name}${length}`;
  }
  if (typeof value === "object" && value !== null && "elemtype" in value && "shape" in value) {
    return `${String(value.elemtype)} of shape [${String(value.shape)}]`;
  }
  if (value instanceof Promise) return "a Promise (await it first)";
  if (typeof value === "function") return "a function";
  if (typeof value === "bigint") return `the bigint ${value}n`;
  if (typeof value === "number" || typeof value === "boolean")
    return `the ${typeof value} ${value}`;
  const text = inspect(value, {
    depth: 1,
    maxArrayLength: 4,
    maxStringLength: 40,
    breakLength: Number.POSITIVE_INFINITY,
  });
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}
