import { ArgumentError } from "../errors.ts";
import type { NdArray } from "../nd-array/nd-array.ts";
import { isBinaryData, readBinaryData, writeBinaryData } from "./binary.ts";
import { readTextData, textOf } from "./text.ts";

const NAME = "Futhark data";

/**
 * Reads the values of a data file of Futhark, as text or binary; scalars are arrays of rank 0.
 * Copies the elements. In text, numbers without a suffix are i32, or f64 with a fraction.
 * @throws {ArgumentError} Invalid or truncated data, or text other than numbers and booleans.
 */
export function fromFutharkData(data: string | Uint8Array): NdArray[] {
  if (typeof data === "string") return readTextData(data, NAME);
  if (isBinaryData(data)) return readBinaryData(data, NAME);
  return readTextData(decodeText(data), NAME);
}

/** Returns a data file of these values, in Futhark's binary format. Copies the elements. */
export function toFutharkData(...values: readonly NdArray[]): Uint8Array {
  return new Uint8Array(writeBinaryData(values));
}

/** Returns a data file of these values as text: a line for each value, and each row of an array. */
export function toFutharkText(...values: readonly NdArray[]): string {
  return values.map((value) => `${textOf(value)}\n`).join("");
}

function decodeText(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (error) {
    throw new ArgumentError(`${NAME}: neither text nor Futhark's binary format`, { cause: error });
  }
}
