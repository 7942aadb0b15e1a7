// biome-ignore lint/suspicious/noTsIgnore: with the package there is no error to expect
/** @ts-ignore: an optional peer; where it is not installed its types are any. */
import type ndarray from "ndarray";
import { ArgumentError } from "../errors.ts";
import { notInstalled } from "../installed.ts";
import type { NdArray } from "../nd-array/nd-array.ts";

/** The kinds of typed arrays that scijs knows, those of bigints among them. */
export type ScijsData = ndarray.Data<number> | ndarray.Data<bigint>;

/**
 * The array as scijs has it: shares memory, strides and offset. Needs the package `ndarray`. The
 * way back is {@link nd}, as is passing it as an argument.
 * @returns bool as bytes of 0 and 1, since scijs has no bool.
 * @throws {ArgumentError} f16: scijs would take its bits for integers.
 */
export async function toScijs(array: NdArray): Promise<ndarray.NdArray<ScijsData>> {
  const { elemtype, data, shape, strides, offset } = array;
  if (elemtype === "f16") throw new ArgumentError("expected an elemtype of scijs, got f16");
  const make = await loadScijs();
  const wrapped: unknown = make(data as Float64Array, [...shape], [...strides], offset);
  return wrapped as ndarray.NdArray<ScijsData>; // of whatever kind `data` is
}

async function loadScijs(): Promise<typeof ndarray> {
  try {
    return (await import("ndarray")).default;
  } catch (cause) {
    throw notInstalled("toScijs", "ndarray", cause);
  }
}
