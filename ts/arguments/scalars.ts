import { ELEMTYPES, type Elemtype, type Scalar } from "../elemtypes.ts";
import { ArgumentError } from "../errors.ts";
import { numberToF16 } from "../nd-array/float16.ts";
import { type Misfit, misfitOf } from "../nd-array/scalar-range.ts";
import { got } from "./describe.ts";

/**
 * Validates a scalar argument; nothing is converted silently.
 * @returns The value as sent on the wire: bigint for i64 and u64, raw bits for f16.
 * @throws {ArgumentError} If it is of another type, fractional for an integer, or out of range.
 */
export function checkScalar(
  elemtype: Elemtype,
  value: unknown,
  where: string,
): number | bigint | boolean {
  const misfit = misfitOf(elemtype, value);
  if (misfit !== undefined) throw wrong(elemtype, value, misfit, where);
  if (elemtype === "f16") return numberToF16(value as number);
  const scalar = value as Scalar; // checked above
  if (ELEMTYPES[elemtype].scalar === "bigint") return BigInt(scalar);
  return typeof scalar === "bigint" ? Number(scalar) : scalar;
}

function wrong(elemtype: Elemtype, value: unknown, misfit: Misfit, where: string): ArgumentError {
  const { min, max } = ELEMTYPES[elemtype];
  switch (misfit) {
    case "kind":
      return new ArgumentError(`${where}: expected ${elemtype}, got ${got(value)}`);
    case "inexact":
      return new ArgumentError(
        `${where}: expected ${elemtype}, got the number ${value}, which is not exact: pass a bigint`,
      );
    case "range": {
      const range = min === null ? "" : ` (${min} to ${max})`;
      return new ArgumentError(`${where}: ${value} is out of range for ${elemtype}${range}`);
    }
  }
}
