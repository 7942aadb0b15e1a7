import { ELEMTYPES, type Elemtype } from "../elemtypes.ts";
import { ArgumentError } from "../errors.ts";
import { numberToF16 } from "../nd-array/float16.ts";
import { overflows } from "../nd-array/overflow.ts";
import { got } from "./got.ts";

/**
 * Checks a scalar argument; nothing is converted silently.
 * @returns The value as the wire has it: bigint for i64 and u64, the bits for f16.
 * @throws {ArgumentError} Another kind, a fraction or NaN for an integer, or out of range.
 */
export function checkScalar(
  elemtype: Elemtype,
  value: unknown,
  where: string,
): number | bigint | boolean {
  switch (ELEMTYPES[elemtype].kind) {
    case "bool":
      if (typeof value !== "boolean") throw expected(elemtype, value, where);
      return value;
    case "float":
      if (typeof value !== "number") throw expected(elemtype, value, where);
      return checkFloat(elemtype, value, where);
    default:
      return checkInteger(elemtype, value, where);
  }
}

function checkFloat(elemtype: Elemtype, value: number, where: string): number {
  if (overflows(elemtype, value)) throw outOfRange(elemtype, value, where);
  return elemtype === "f16" ? numberToF16(value) : value;
}

function checkInteger(elemtype: Elemtype, value: unknown, where: string): number | bigint {
  const { min, max, scalar } = ELEMTYPES[elemtype];
  if (typeof value === "number") {
    if (!Number.isInteger(value)) throw expected(elemtype, value, where);
    if (scalar === "bigint" && !Number.isSafeInteger(value)) {
      throw new ArgumentError(
        `${where}: expected ${elemtype}, got the number ${value}, which is not exact: pass a bigint`,
      );
    }
  } else if (typeof value !== "bigint") {
    throw expected(elemtype, value, where);
  }
  if (value < (min as number | bigint) || value > (max as number | bigint)) {
    throw outOfRange(elemtype, value, where);
  }
  return scalar === "bigint" ? BigInt(value) : Number(value);
}

function expected(elemtype: Elemtype, value: unknown, where: string): ArgumentError {
  return new ArgumentError(`${where}: expected ${elemtype}, got ${got(value)}`);
}

function outOfRange(elemtype: Elemtype, value: number | bigint, where: string): ArgumentError {
  const { min, max } = ELEMTYPES[elemtype];
  const range = min === null ? "" : ` (${min} to ${max})`;
  return new ArgumentError(`${where}: ${value} is out of range for ${elemtype}${range}`);
}
