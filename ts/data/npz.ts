import { ArgumentError } from "../errors.ts";
import type { NdArray } from "../nd-array/nd-array.ts";
import { fromNpy, toNpy } from "../nd-array/npy.ts";
import { readZip, writeZip } from "./zip.ts";

const EXTENSION = ".npy";

/**
 * Reads the arrays of a `.npz` file, as `numpy.savez` and `numpy.savez_compressed` write it, by
 * name. Arrays may share the memory of `bytes`.
 * @throws {ArgumentError} Not such a file, damaged, or with arrays that are not of an elemtype.
 */
export function fromNpz(bytes: Uint8Array): Record<string, NdArray> {
  const entries = [...readZip(bytes)].map(([name, content]) => {
    const key = name.endsWith(EXTENSION) ? name.slice(0, -EXTENSION.length) : name;
    try {
      return [key, fromNpy(content)] as const;
    } catch (error) {
      throw new ArgumentError(`${name}: ${(error as Error).message}`, { cause: error });
    }
  });
  return Object.fromEntries(entries);
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
