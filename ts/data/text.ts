// Futhark's text format for data: literals with type suffixes.
import { ELEMTYPES, type Elemtype, type Scalar } from "../elemtypes.ts";
import type { NdArray } from "../nd-array/nd-array.ts";
import { elementCount } from "../nd-array/shape.ts";
import { elementAt } from "../nd-array/strided.ts";
import { parseLiterals } from "./literal.ts";
import { inferredArray } from "./typed-literal.ts";

/**
 * Reads the values of a text file; scalars are arrays of rank 0.
 * @throws {ArgumentError} A value is not a number, a boolean or an array of these.
 */
export function readTextData(text: string, where: string): NdArray[] {
  return parseLiterals(text, where).map((literal, i) =>
    inferredArray(literal, `${where}, value ${i + 1}`),
  );
}

/** Formats a value as `futhark` does. */
export function textOf(array: NdArray): string {
  const { elemtype, shape, strides } = array;
  if (elementCount(shape) === 0) {
    return `empty(${shape.map((size) => `[${size}]`).join("")}${elemtype})`;
  }
  const print = (axis: number, position: number): string => {
    if (axis === shape.length) return scalarText(elemtype, elementAt(array, position));
    const items = Array.from({ length: shape[axis] ?? 0 }, (_, i) =>
      print(axis + 1, position + i * (strides[axis] ?? 0)),
    );
    return `[${items.join(axis === shape.length - 1 ? ", " : ",\n")}]`;
  };
  return print(0, array.offset);
}

/** Formats one element, with its type suffix. */
export function scalarText(elemtype: Elemtype, value: Scalar): string {
  if (typeof value === "boolean") return String(value);
  if (ELEMTYPES[elemtype].kind !== "float") return `${value}${elemtype}`;
  const number = Number(value);
  if (Number.isNaN(number)) return `${elemtype}.nan`;
  const sign = number < 0 || Object.is(number, -0) ? "-" : "";
  if (!Number.isFinite(number)) return `${sign}${elemtype}.inf`;
  return `${sign}${floatText(elemtype, Math.abs(number))}${elemtype}`;
}

/** Formats with the fewest digits that identify the number; f16 as f32, as Futhark does. */
function floatText(elemtype: Elemtype, number: number): string {
  if (number === 0) return "0.0";
  const [mantissa = "", power = ""] = exponential(elemtype, number).split("e");
  const digits = mantissa.replace(".", "");
  const exponent = Number(power);
  if (exponent >= 7 || exponent < -1) {
    return `${digits.slice(0, 1)}.${digits.slice(1) || "0"}e${exponent}`;
  }
  if (exponent < 0) return `0.${"0".repeat(-exponent - 1)}${digits}`;
  const whole = digits.slice(0, exponent + 1).padEnd(exponent + 1, "0");
  return `${whole}.${digits.slice(exponent + 1) || "0"}`;
}

function exponential(elemtype: Elemtype, number: number): string {
  if (elemtype === "f64") return number.toExponential();
  // f32 preserves 6 digits unless it is subnormal; no number needs more than 9.
  for (let digits = number < 2 ** -126 ? 1 : 6; digits < 9; digits++) {
    const text = number.toExponential(digits - 1);
    if (Math.fround(Number(text)) === number) return text.replace(/\.?0*e/, "e");
  }
  return number.toExponential(8).replace(/\.?0*e/, "e");
}
