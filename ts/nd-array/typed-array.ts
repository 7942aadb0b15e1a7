import { ELEMTYPES, type Elemtype, isElemtypeName, type TypedArray } from "../elemtypes.ts";
import { ArgumentError } from "../errors.ts";

/** A typed array whose kind determines an elemtype. */
export type ArrayData = TypedArray | Uint8ClampedArray;

/** The elemtype for a kind of typed array: a Uint16Array is `u16`, unless f16 is passed. */
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

/** Returns the kind of a typed array (`Uint8Array` for a Buffer), undefined for anything else. */
export function typedArrayName(value: unknown): string | undefined {
  if (!ArrayBuffer.isView(value) || value instanceof DataView) return undefined;
  return (value as TypedArray)[Symbol.toStringTag];
}

/**
 * Returns a view of a typed array as the storage of an elemtype.
 * @param elemtype By default that of the array's kind; required for f16 in a Uint16Array and for
 *   bool. The engine's own Float16Array is f16.
 * @throws {ArgumentError} The kind is not the elemtype's, or a byte of bool is not 0 or 1.
 */
export function typedElements(
  array: ArrayBufferView,
  elemtype?: Elemtype,
): { elemtype: Elemtype; data: TypedArray } {
  const name = typedArrayName(array) ?? "DataView";
  const { storage, kind } = STORAGE[name] ?? { storage: name, kind: KINDS.get(name) };
  const type = elemtype ?? kind;
  const known = isElemtypeName(type);
  if (!known || ELEMTYPES[type].array.name !== storage) {
    const expected = known ? ELEMTYPES[type].array.name : "a typed array of an elemtype";
    throw new ArgumentError(`expected ${expected}${type ? ` for ${type}` : ""}, got ${name}`);
  }
  const { array: make, bytes } = ELEMTYPES[type];
  const same = storage === name; // no view is needed
  const data = same
    ? (array as TypedArray)
    : new make(array.buffer, array.byteOffset, array.byteLength / bytes);
  if (type === "bool") checkBoolBytes(data as Uint8Array);
  return { elemtype: type, data };
}

/** @throws {ArgumentError} A byte is neither 0 nor 1. */
export function checkBoolBytes(bytes: Uint8Array): void {
  const wrong = bytes.findIndex((byte) => byte > 1);
  if (wrong >= 0) {
    throw new ArgumentError(`expected bytes of 0 and 1 for bool, got ${bytes[wrong]} at ${wrong}`);
  }
}

// Where two elemtypes share a kind, the integer type comes first in the table.
const KINDS = new Map<string, Elemtype>();
for (const { name, array } of Object.values(ELEMTYPES)) {
  if (!KINDS.has(array.name)) KINDS.set(array.name, name);
}

// Kinds stored as another kind.
const STORAGE: Readonly<Record<string, { storage: string; kind: Elemtype }>> = {
  Float16Array: { storage: "Uint16Array", kind: "f16" },
  Uint8ClampedArray: { storage: "Uint8Array", kind: "u8" },
};

/** Whether an array's buffer was transferred, or shrunk to less than the array: it looks empty. */
export function isDetached(data: TypedArray): boolean {
  try {
    // Methods distinguish them, properties do not.
    data.keys();
    return false;
  } catch {
    return true;
  }
}
