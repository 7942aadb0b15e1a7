import { ArgumentError } from "../errors.ts";
import type { NdArray } from "../nd-array/nd-array.ts";
import { fromNpy, toNpy } from "../nd-array/npy.ts";
import { readZip, writeZip } from "./zip.ts";

const EXTENSION = ".npy";

/**
 * Reads the arrays of a `.npz` file, as `numpy.savez` and `numpy.savez_compressed` write it, by
 * name. Arrays may be views of `bytes`.
 * @throws {ArgumentError} Not such a file, damaged, or with arrays that are not of an elemtype.
 */
export function fromNpz(bytes: Uint8Array): Record<string, NdArray> {
  return Object.fromEntries(readNpz(bytes));
}

/**
 * Reads the arrays of a `.npz` file in order; an object would not keep the order of names such as
 * `0`.
 * @throws {ArgumentError} As `fromNpz`.
 */
export function readNpz(bytes: Uint8Array): Map<string, NdArray> {
  const arrays = new Map<string, NdArray>();
  for (const [name, content] of readZip(bytes)) {
    const key = name.endsWith(EXTENSION) ? name.slice(0, -EXTENSION.length) : name;
    if (arrays.has(key)) throw new ArgumentError(`two arrays are named ${key}`);
    try {
      arrays.set(key, fromNpy(content));
    } catch (error) {
      throw new ArgumentError(`${name}: ${(error as Error).message}`, { cause: error });
    }
  }
  return arrays;
}

/**
 * Returns a `.npz` file of these arrays, not compressed, as `numpy.savez` writes it. Copies the
 * elements.
 * @throws {ArgumentError} They have 4 GiB or more.
 */
export function toNpz(arrays: Readonly<Record<string, NdArray>>): Uint8Array {
  const files = Object.entries(arrays).map(
    ([name, array]) => [name + EXTENSION, toNpy(array)] as const,
  );
  return writeZip(new Map(files));
}
