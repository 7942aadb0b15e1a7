import { ELEMTYPES, type Elemtype, type TypedArray } from "../elemtypes.ts";
import { ArgumentError } from "../errors.ts";
import { elementCount } from "../nd-array/shape.ts";
import { typedArrayName } from "../nd-array/typed-array.ts";
import type { ArrowData, ArrowField, ArrowType } from "./arrow-objects.ts";

// Type ids of https://github.com/apache/arrow/blob/main/format/Schema.fbs, as in apache-arrow.
export const DICTIONARY = -1;
export const INT = 2;
export const FLOAT = 3;
export const BOOL = 6;
export const STRUCT = 13;
export const FIXED_SIZE_LIST = 16;
export const FLOATS: readonly Elemtype[] = ["f16", "f32", "f64"]; // by precision

/** A column's elements, contiguous in row-major order. */
export interface Elements {
  readonly elemtype: Elemtype;
  readonly data: TypedArray;
  /** The shape of one row. */
  readonly inner: readonly number[];
  /** Logical order of a row's dimensions, if it differs from the physical one. */
  readonly permutation: readonly number[] | undefined;
}

/**
 * Reads the chunks of a column; the result is a view of a single chunk where possible.
 * @throws {ArgumentError} Nulls, or a type that is neither an elemtype nor fixed-size lists of one.
 */
export function readColumn(
  chunks: readonly ArrowData[],
  type: ArrowType,
  field: ArrowField | undefined,
): Elements {
  const inner: number[] = [];
  let leaves = chunks;
  let leafType = type;
  let leafField = field;
  checkNulls(leaves);
  while (leafType.typeId === FIXED_SIZE_LIST) {
    const size = leafType.listSize ?? 0;
    inner.push(size);
    leaves = leaves.map((data) => child(data, size));
    leafField = leafType.children?.[0];
    leafType = leafField?.type ?? leafType;
    checkNulls(leaves);
  }
  const elemtype = elemtypeOf(leafType, leafField);
  const parts = leaves.map((data) => elementsOf(data, elemtype));
  const tensor = tensorOf(field);
  if (tensor !== undefined && elementCount(tensor.shape) !== inner[0]) {
    throw new ArgumentError(
      `expected tensors of ${inner[0]} elements, got shape [${tensor.shape}]`,
    );
  }
  return {
    elemtype,
    data: parts.length === 1 && parts[0] ? parts[0] : join(elemtype, parts),
    inner: tensor === undefined ? inner : [...tensor.shape, ...inner.slice(1)],
    permutation: tensor?.permutation,
  };
}

/** @throws {ArgumentError} A chunk has nulls. */
export function checkNulls(chunks: readonly ArrowData[]): void {
  const nulls = chunks.reduce((sum, data) => sum + data.nullCount, 0);
  if (nulls > 0) throw new ArgumentError(`expected Arrow data without nulls, got ${nulls} nulls`);
}

/** Returns the list elements of one chunk, limited to its rows if it is a slice. */
function child(data: ArrowData, size: number): ArrowData {
  const [elements] = data.children;
  if (elements === undefined || elements.length < data.length * size) {
    throw new ArgumentError(`expected ${data.length} lists of ${size}, got fewer elements`);
  }
  return elements.slice(0, data.length * size);
}

function elemtypeOf(type: ArrowType, field: ArrowField | undefined): Elemtype {
  switch (type.typeId) {
    case DICTIONARY:
      return elemtypeOf(type.dictionary ?? { typeId: 0 }, undefined);
    case BOOL:
      return "bool";
    case FLOAT:
      return FLOATS[type.precision ?? 0] as Elemtype; // 0 to 2
    case INT:
      if (extension(field)?.name === "arrow.bool8" && type.bitWidth === 8) return "bool";
      return `${type.isSigned ? "i" : "u"}${type.bitWidth}` as Elemtype; // 8 to 64 bits
    default:
      throw new ArgumentError(`expected Arrow data of numbers or bool, got ${String(type)}`);
  }
}

function elementsOf(data: ArrowData, elemtype: Elemtype): TypedArray {
  const { type, length } = data;
  const values = data.values as TypedArray | undefined; // primitive types have one
  if (values === undefined) return new ELEMTYPES[elemtype].array(0);
  if (type.typeId === BOOL) return unpackBits(values as Uint8Array, data.offset, length);
  if (type.typeId === DICTIONARY) return lookUp(data, elemtype);
  const { array } = ELEMTYPES[elemtype];
  // Padding may follow the elements, and the kind may differ: bool8 is an Int8Array.
  const elements =
    typedArrayName(values) === array.name && values.length === length
      ? values
      : new array(values.buffer, values.byteOffset, length);
  if (elemtype !== "bool" || (elements as Uint8Array).every((byte) => byte <= 1)) return elements;
  return (elements as Uint8Array).map((byte) => (byte === 0 ? 0 : 1));
}

function unpackBits(bits: Uint8Array, offset: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let i = 0; i < length; i++) {
    bytes[i] = ((bits[(offset + i) >> 3] ?? 0) >> ((offset + i) & 7)) & 1;
  }
  return bytes;
}

function lookUp({ values, length, dictionary }: ArrowData, elemtype: Elemtype): TypedArray {
  const table = readColumn(dictionary?.data ?? [], dictionary?.type ?? { typeId: 0 }, undefined);
  const elements = new ELEMTYPES[elemtype].array(length);
  const indices = values as TypedArray;
  for (let i = 0; i < length; i++) {
    const element = table.data[Number(indices[i])];
    if (element === undefined) {
      throw new ArgumentError(
        `expected indices of a dictionary of ${table.data.length} elements, got ${indices[i]}`,
      );
    }
    elements[i] = element as never; // of the same kind
  }
  return elements;
}

function join(elemtype: Elemtype, parts: readonly TypedArray[]): TypedArray {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const joined = new ELEMTYPES[elemtype].array(length);
  let at = 0;
  for (const part of parts) {
    joined.set(part as never, at); // of the same kind
    at += part.length;
  }
  return joined;
}

function extension(field: ArrowField | undefined): { name: string; metadata: string } | undefined {
  const name = field?.metadata?.get("ARROW:extension:name");
  const metadata = field?.metadata?.get("ARROW:extension:metadata") ?? "";
  return name === undefined ? undefined : { name, metadata };
}

/** https://arrow.apache.org/docs/format/CanonicalExtensions.html#fixed-shape-tensor */
function tensorOf(
  field: ArrowField | undefined,
): { shape: readonly number[]; permutation: readonly number[] | undefined } | undefined {
  const found = extension(field);
  if (found?.name !== "arrow.fixed_shape_tensor") return undefined;
  let parsed: { shape?: unknown; permutation?: unknown };
  try {
    parsed = JSON.parse(found.metadata);
  } catch (cause) {
    throw new ArgumentError(`expected a tensor's shape, got ${found.metadata}`, { cause });
  }
  const { shape, permutation } = parsed ?? {};
  if (!isSizes(shape) || !(permutation === undefined || isSizes(permutation))) {
    throw new ArgumentError(`expected a tensor's shape, got ${found.metadata}`);
  }
  return { shape, permutation };
}

function isSizes(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);
}
