import { NdArray } from "../nd-array/nd-array.ts";

/**
 * Formats a value copied out of Futhark as JSON: bigints with all digits, arrays nested, and the
 * floats that JSON lacks as the strings "NaN", "Infinity" and "-Infinity".
 */
export function jsonOf(value: unknown): string {
  if (value instanceof NdArray) return jsonOf(value.toNested());
  if (Array.isArray(value)) return `[${value.map(jsonOf).join(", ")}]`;
  if (typeof value === "bigint") return String(value);
  if (typeof value === "number") {
    if (!Number.isFinite(value)) return JSON.stringify(String(value));
    return Object.is(value, -0) ? "-0.0" : JSON.stringify(value);
  }
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const fields = Object.entries(value).map(
    ([name, item]) => `${JSON.stringify(name)}: ${jsonOf(item)}`,
  );
  return `{${fields.join(", ")}}`;
}
