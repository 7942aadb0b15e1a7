import type { Elemtype } from "../elemtypes.ts";
import { ArgumentError } from "../errors.ts";
import type { NdArray } from "./nd-array.ts";
import { fromNested as fromNestedOf } from "./nested.ts";
import { typedArrayName, typedElements } from "./typed-array.ts";

/**
 * Copies nested arrays into an n-d array; the first element of each level determines the rank.
 * @param elemtype By default that of the first element: f64 for a number, i64 for a bigint, bool
 *   for a boolean, that of its kind for a typed array. All elements must be of the same kind.
 * @throws {ArgumentError} Rows of different lengths or depths, an element that the elemtype cannot
 *   hold, or neither an element nor `elemtype`.
 */
export function fromNested<E extends Elemtype = Elemtype>(
  value: unknown,
  elemtype?: E,
): NdArray<E> {
  let first = value;
  let rank = 0;
  for (; Array.isArray(first); rank++) {
    if (rank === MAX_RANK) throw new ArgumentError(`expected at most ${MAX_RANK} levels of arrays`);
    first = first[0];
  }
  const isTyped = typedArrayName(first) !== undefined;
  const type = elemtype ?? elemtypeOf(first);
  return fromNestedOf(value, type as E, isTyped ? rank + 1 : rank, "array");
}

/** Arrays that contain themselves are deeper. */
const MAX_RANK = 64;

function elemtypeOf(first: unknown): Elemtype {
  if (typedArrayName(first) !== undefined) return typedElements(first as ArrayBufferView).elemtype;
  if (typeof first === "number") return "f64";
  if (typeof first === "bigint") return "i64";
  if (typeof first === "boolean") return "bool";
  const got = first === undefined ? "none: pass an elemtype" : String(first);
  throw new ArgumentError(`expected numbers, bigints or booleans, got ${got}`);
}
