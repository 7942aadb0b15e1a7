// biome-ignore lint/suspicious/noTsIgnore: there is no error if the package is installed
/** @ts-ignore: an optional peer dependency; its types are `any` if it is not installed. */
import type ndarray from "ndarray";
import { ArgumentError } from "../errors.ts";
import { notInstalled } from "../installed.ts";
import type { NdArray } from "../nd-array/nd-array.ts";

/** The data of a scijs ndarray: typed arrays of numbers or bigints. */
export type ScijsData = ndarray.Data<number> | ndarray.Data<bigint>;

/**
 * Returns a view of the array as a scijs ndarray, with its strides and offset. {@link nd}
 * converts back; as an argument it needs no conversion. bool becomes bytes of 0 and 1.
 * @throws {ArgumentError} f16, whose bits scijs would read as integers.
 * @throws {BuildError} The package `ndarray` is not installed.
 */
export async function toScijs(array: NdArray): Promise<ndarray.NdArray<ScijsData>> {
  const { elemtype, data, shape, strides, offset } = array;
  if (elemtype === "f16") throw new ArgumentError("expected an elemtype of scijs, got f16");
  const make = await loadScijs();
  const wrapped: unknown = make(data as Float64Array, [...shape], [...strides], offset);
  return wrapped as ndarray.NdArray<ScijsData>; // of the kind of `data`
}

async function loadScijs(): Promise<typeof ndarray> {
  try {
    return (await import("ndarray")).default;
  } catch (cause) {
    throw notInstalled("toScijs", "ndarray", cause);
  }
}
