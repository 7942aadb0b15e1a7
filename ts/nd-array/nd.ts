import { inspect } from "node:util";
import type { Elemtype } from "../elemtypes.ts";
import { ArgumentError } from "../errors.ts";
import { NdArray } from "./nd-array.ts";
import { type ArrayData, type ElemtypeOf, typedArrayName, typedElements } from "./typed-array.ts";

/** What scijs ndarray, zarr chunks, stdlib and numpy-ts arrays have in common. */
export interface ScijsLike {
  readonly data: ArrayBufferView;
  readonly shape: readonly number[];
  readonly stride?: readonly number[];
  readonly strides?: readonly number[];
  readonly offset?: number;
  readonly storage?: { readonly offset?: number };
  readonly dtype?: string;
}

/** Whether the value has the fields of an n-d array over a typed array. */
export function isScijsLike(value: unknown): value is ScijsLike {
  if (typeof value !== "object" || value === null) return false;
  const { data, shape, stride, strides } = value as Partial<ScijsLike>;
  return (
    typedArrayName(data) !== undefined &&
    Array.isArray(shape) &&
    (Array.isArray(stride) || Array.isArray(strides))
  );
}

/**
 * Creates an n-d array over `data`, which is borrowed, not copied.
 *
 * @param data A typed array (Float16Array is f16, a Buffer or Uint8ClampedArray is u8), or another
 *   n-d array: an NdArray, or an object with `data`, `shape`, `stride` (or `strides`) and `offset`,
 *   such as those of scijs, zarr, stdlib and numpy-ts.
 * @param shape By default the length of the typed array, or the shape of the n-d array. Its number
 *   of elements must be that of `data`. Reshaping copies an n-d array that is not row-major. The
 *   elemtype is that of the kind of `data`, unless a third argument names it.
 * @throws {ArgumentError} `data` is not an array, or the shape or the elemtype does not fit it.
 */
export function nd<A extends ArrayData>(data: A, shape?: readonly number[]): NdArray<ElemtypeOf<A>>;
/**
 * Creates an n-d array of an elemtype over `data`, which is borrowed, not copied.
 *
 * @param elemtype "f16" interprets a Uint16Array as the bits of floats, "bool" a Uint8Array of 0
 *   and 1 as booleans; else it has to be that of the kind of `data`.
 */
export function nd<E extends Elemtype>(
  data: ArrayBufferView | ScijsLike,
  shape: readonly number[] | undefined,
  elemtype: E,
): NdArray<E>;
export function nd<E extends Elemtype>(data: NdArray<E>, shape?: readonly number[]): NdArray<E>;
export function nd(data: ArrayBufferView | ScijsLike, shape?: readonly number[]): NdArray;
export function nd(data: unknown, shape?: readonly number[], elemtype?: Elemtype): NdArray {
  if (typedArrayName(data) !== undefined) {
    const elements = typedElements(data as ArrayBufferView, elemtype);
    return new NdArray(elements.elemtype, elements.data, shape ?? [elements.data.length]);
  }
  const array = data instanceof NdArray ? data : fromScijs(data, elemtype);
  if (elemtype !== undefined && array.elemtype !== elemtype) {
    throw new ArgumentError(`expected ${elemtype}, got ${array.elemtype}`);
  }
  if (shape === undefined) return array;
  const { data: elements } = array.contiguous();
  return new NdArray(array.elemtype, elements, shape);
}

function fromScijs(value: unknown, elemtype: Elemtype | undefined): NdArray {
  if (!isScijsLike(value)) {
    throw new ArgumentError(
      `expected a typed array or an n-d array over one, got ${inspect(value, { depth: 0 })}`,
    );
  }
  const { data, shape, dtype } = value;
  // Two elements of data make one of these.
  if (dtype?.startsWith("complex")) throw new ArgumentError(`expected an elemtype, got ${dtype}`);
  const elements = typedElements(data, elemtype ?? SAID_BY_DTYPE[dtype ?? ""]);
  const strides = value.strides ?? value.stride;
  // In numpy-ts only the storage of a view shows where it starts.
  const offset = value.offset ?? value.storage?.offset ?? 0;
  return new NdArray(elements.elemtype, elements.data, shape, strides, offset);
}

// Elemtypes that the kind of data does not determine.
const SAID_BY_DTYPE: Readonly<Record<string, Elemtype>> = { bool: "bool", float16: "f16" };
