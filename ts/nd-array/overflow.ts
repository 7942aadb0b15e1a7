import type { Elemtype } from "../elemtypes.ts";

/**
 * The least magnitudes that round to infinity, for the floats narrower than f64: halfway from the
 * largest finite value to the next power of two (round to nearest, ties to even).
 */
const OVERFLOWS: Readonly<Partial<Record<Elemtype, number>>> = {
  f16: 65520,
  f32: (2 - 2 ** -24) * 2 ** 127,
};

/** Whether a finite number would become infinite as an element of this type. */
export function overflows(elemtype: Elemtype, value: number): boolean {
  return (
    Number.isFinite(value) && Math.abs(value) >= (OVERFLOWS[elemtype] ?? Number.POSITIVE_INFINITY)
  );
}
