import type { Elemtype } from "../elemtypes.ts";

/**
 * The least sizes that round to infinity, of the floats that are narrower than a number:
 * halfway from the greatest finite value to the next power of two (to nearest, ties to even).
 */
const OVERFLOWS: Readonly<Partial<Record<Elemtype, number>>> = {
  f16: 65520,
  f32: (2 - 2 ** -24) * 2 ** 127,
};

/** Whether a finite number would silently become infinite as an element of this type. */
export function overflows(elemtype: Elemtype, value: number): boolean {
  return (
    Number.isFinite(value) && Math.abs(value) >= (OVERFLOWS[elemtype] ?? Number.POSITIVE_INFINITY)
  );
}
