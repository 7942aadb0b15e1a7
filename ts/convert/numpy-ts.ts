// biome-ignore lint/suspicious/noTsIgnore: with the package there is no error to expect
/** @ts-ignore: an optional peer; where it is not installed its types are any. */
import type { NDArray, zeros as Zeros } from "numpy-ts";
import { ELEMTYPES } from "../elemtypes.ts";
import { ArgumentError } from "../errors.ts";
import { notInstalled } from "../installed.ts";
import { nd, type ScijsLike } from "../nd-array/nd.ts";
import { NdArray } from "../nd-array/nd-array.ts";

/**
 * Copies the array into numpy-ts, which has all elements in memory of its own. Needs the package
 * `numpy-ts`.
 * @throws {ArgumentError} f16 in an engine without Float16Array, where numpy-ts has no such type.
 */
export async function toNumpyTs(array: NdArray): Promise<NDArray> {
  const { zeros } = await loadNumpyTs();
  const { elemtype, dtype, shape, data } = array.contiguous();
  const made = zeros([...shape], dtype as Parameters<typeof Zeros>[1]);
  const room = made.data as ArrayBufferView & { readonly BYTES_PER_ELEMENT: number };
  if (room.BYTES_PER_ELEMENT !== ELEMTYPES[elemtype].bytes) {
    throw new ArgumentError(
      `expected an elemtype of numpy-ts, got ${elemtype}: it is stored wider`,
    );
  }
  bytesOf(room).set(bytesOf(data as ArrayBufferView));
  return made;
}

/**
 * Copies an array out of numpy-ts. {@link nd} gives a view instead, and as an argument it needs no
 * conversion; but its memory is valid only as long as numpy-ts keeps the array.
 * @throws {ArgumentError} complex numbers, or f16 that is stored wider.
 */
export function fromNumpyTs(array: NDArray): NdArray {
  const view = nd(array as unknown as ScijsLike); // has the fields, and is checked for them
  const { elemtype, shape, data } = view.contiguous();
  return new NdArray(elemtype, data.slice(), shape);
}

function bytesOf(view: ArrayBufferView): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
}

async function loadNumpyTs(): Promise<typeof import("numpy-ts")> {
  try {
    return await import("numpy-ts");
  } catch (cause) {
    throw notInstalled("toNumpyTs", "numpy-ts", cause);
  }
}
