// biome-ignore lint/suspicious/noTsIgnore: there is no error if the package is installed
/** @ts-ignore: an optional peer dependency; its types are `any` if it is not installed. */
import type { NDArray, zeros as Zeros } from "numpy-ts";
import { ELEMTYPES } from "../elemtypes.ts";
import { ArgumentError } from "../errors.ts";
import { notInstalled } from "../installed.ts";
import { nd, type ScijsLike } from "../nd-array/nd.ts";
import { NdArray } from "../nd-array/nd-array.ts";

/**
 * Copies the array to a numpy-ts array, in row-major order.
 * @throws {ArgumentError} f16 in an engine without Float16Array, which numpy-ts needs for it.
 * @throws {BuildError} The package `numpy-ts` is not installed.
 */
export async function toNumpyTs(array: NdArray): Promise<NDArray> {
  const { zeros } = await loadNumpyTs();
  const { elemtype, dtype, shape, data } = array.contiguous();
  const made = zeros([...shape], dtype as Parameters<typeof Zeros>[1]);
  const room = made.data as ArrayBufferView & { readonly BYTES_PER_ELEMENT: number };
  if (room.BYTES_PER_ELEMENT !== ELEMTYPES[elemtype].bytes) {
    throw new ArgumentError(
      `expected an elemtype of numpy-ts, got ${elemtype}, which it stores in more bytes`,
    );
  }
  bytesOf(room).set(bytesOf(data as ArrayBufferView));
  return made;
}

/**
 * Copies a numpy-ts array. {@link nd} returns a view instead, valid only while numpy-ts keeps the
 * array; passed as an argument it needs no conversion.
 * @throws {ArgumentError} Complex numbers, or f16 stored as f32.
 */
export function fromNumpyTs(array: NDArray): NdArray {
  const view = nd(array as unknown as ScijsLike); // checked by nd
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
