import { ELEMTYPES, type Elemtype, type TypedArray } from "../elemtypes.ts";
import { ArgumentError } from "../errors.ts";

/** A typed array that stands for elements of itself: what each is, is said by its kind. */
export type ArrayData = TypedArray | Uint8ClampedArray;

/** The elemtype of an array by its kind: `u16` for Uint16Array, whose f16 has to be asked for. */
export type ElemtypeOf<A> = A extends Int8Array
  ? "i8"
  : A extends Int16Array
    ? "i16"
    : A extends Int32Array
      ? "i32"
      : A extends BigInt64Array
        ? "i64"
        : A extends Uint8Array | Uint8ClampedArray
          ? "u8"
          : A extends Uint16Array
            ? "u16"
            : A extends Uint32Array
              ? "u32"
              : A extends BigUint64Array
                ? "u64"
                : A extends Float32Array
                  ? "f32"
                  : A extends Float64Array
                    ? "f64"
                    : Elemtype;

/** The kind of a typed array (`Uint8Array` for a Buffer too), undefined for anything else. */
export function typedArrayName(value: unknown): string | undefined {
  if (!ArrayBuffer.isView(value) || value instanceof DataView) return undefined;
  return (value as TypedArray)[Symbol.toStringTag];
}

/**
 * The elements of a typed array as those of an elemtype: shares its memory.
 * @param elemtype By the array's kind when left out; for the bits of f16 and the bytes of bool it
 *   has to be given. The engine's own Float16Array is f16.
 * @throws {ArgumentError} Another kind than the elemtype's, or a byte of bool that is not 0 or 1.
 */
export function typedElements(
  array: ArrayBufferView,
  elemtype?: Elemtype,
): { elemtype: Elemtype; data: TypedArray } {
  const name = typedArrayName(array) ?? "DataView";
  const { storage, kind } = STORAGE[name] ?? { storage: name, kind: KINDS.get(name) };
  const type = elemtype ?? kind;
  const known = type !== undefined && Object.hasOwn(ELEMTYPES, type);
  if (!known || ELEMTYPES[type].array.name !== storage) {
    const expected = known ? ELEMTYPES[type].array.name : "a typed array of an elemtype";
    throw new ArgumentError(`expected ${expected}${type ? ` for ${type}` : ""}, got ${name}`);
  }
  const { array: make, bytes } = ELEMTYPES[type];
  const same = storage === name; // then a view would only hide a Buffer, or be another object
  const data = same
    ? (array as TypedArray)
    : new make(array.buffer, array.byteOffset, array.byteLength / bytes);
  if (type === "bool") checkBoolBytes(data as Uint8Array);
  return { elemtype: type, data };
}

/** @throws {ArgumentError} A byte that is neither 0 nor 1. */
export function checkBoolBytes(bytes: Uint8Array): void {
  const wrong = bytes.findIndex((byte) => byte > 1);
  if (wrong >= 0) {
    throw new ArgumentError(`expected bytes of 0 and 1 for bool, got ${bytes[wrong]} at ${wrong}`);
  }
}

// Of two elemtypes that are stored alike the one that numbers them comes first in the table.
const KINDS = new Map<string, Elemtype>();
for (const { name, array } of Object.values(ELEMTYPES)) {
  if (!KINDS.has(array.name)) KINDS.set(array.name, name);
}

// Kinds that are stored as another.
const STORAGE: Readonly<Record<string, { storage: string; kind: Elemtype }>> = {
  Float16Array: { storage: "Uint16Array", kind: "f16" },
  Uint8ClampedArray: { storage: "Uint8Array", kind: "u8" },
};

/** Whether an array's buffer was transferred, or shrunk to less than the array: it looks empty. */
export function isDetached(data: TypedArray): boolean {
  try {
    // Methods tell, properties do not.
    data.keys();
    return false;
  } catch {
    return true;
  }
}
