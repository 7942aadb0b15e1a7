import { ELEMTYPES, type Elemtype } from "../elemtypes.ts";

/**
 * The least sizes that round to infinity, of the floats that are narrower than a number:
 * halfway from the greatest finite value to the next power of two (to nearest, ties to even).
 */
const OVERFLOWS: Readonly<Partial<Record<Elemtype, number>>> = {
  f16: 65520,
  f32: (2 - 2 ** -24) * 2 ** 127,
};

/** Why a value is not a scalar of an elemtype: its kind, its precision or its range. */
export type Misfit = "kind" | "inexact" | "range";

/** Whether a value is an exact scalar of an elemtype: `undefined`, or why not. */
export function misfitOf(elemtype: Elemtype, value: unknown): Misfit | undefined {
  const { kind, min, max, scalar } = ELEMTYPES[elemtype];
  if (kind === "bool") return typeof value === "boolean" ? undefined : "kind";
  if (kind === "float") {
    if (typeof value !== "number") return "kind";
    return overflows(elemtype, value) ? "range" : undefined;
  }
  if (typeof value === "number") {
    if (!Number.isInteger(value)) return "kind";
    if (scalar === "bigint" && !Number.isSafeInteger(value)) return "inexact";
  } else if (typeof value !== "bigint") return "kind";
  return value < (min ?? 0) || value > (max ?? 0) ? "range" : undefined;
}

/** Whether a finite number would silently become infinite as an element of this type. */
function overflows(elemtype: Elemtype, value: number): boolean {
  return (
    Number.isFinite(value) && Math.abs(value) >= (OVERFLOWS[elemtype] ?? Number.POSITIVE_INFINITY)
  );
}
