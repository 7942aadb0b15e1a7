import { ELEMTYPES, type Elemtype, type Scalar, type TypedArray } from "../elemtypes.ts";
import { ArgumentError, OutOfMemoryError } from "../errors.ts";
import { numberToF16 } from "./float16.ts";
import { NdArray } from "./nd-array.ts";
import { type Misfit, misfitOf } from "./scalar-range.ts";
import { elementCount, MAX_NESTED, shapeText } from "./shape.ts";
import { typedArrayName, typedElements } from "./typed-array.ts";

/**
 * Copies nested arrays into an n-d array, without silent conversions.
 *
 * Integer types take integers in range: safe numbers, or bigints, which i64 and u64 need beyond
 * 2^53. Float types take numbers that do not overflow, and round them; bool takes booleans only.
 * Rows may be typed arrays of exactly the elemtype's kind. `[[], []]` has shape (2, 0); below an
 * empty array all dimensions are 0.
 *
 * @param where Prefix of errors, before the path: `where[1][2]: expected i8, got …`.
 * @throws {ArgumentError} Rows of different lengths, a depth other than `rank`, an element that the
 *   elemtype cannot hold, or a JS array of more than 2^25 elements.
 * @throws {OutOfMemoryError} The array cannot be allocated.
 */
export function copyNested<E extends Elemtype>(
  value: unknown,
  elemtype: E,
  rank: number,
  where: string,
): NdArray<E> {
  const shape = shapeOf(value, rank);
  const filling = { elemtype, shape, where, path: [], to: 0 };
  checkLengths(filling, value);
  const data = allocate(elemtype, shape, where);
  fill({ ...filling, data: data as TypedArray }, value);
  return new NdArray(elemtype, data, shape);
}

/** Checks all lengths before memory is allocated for as many elements. */
function checkLengths(rows: Rows, value: unknown): void {
  const { elemtype, shape, path } = rows;
  const axis = path.length;
  if (axis === shape.length) return;
  const length = lengthOf(value);
  const isLast = axis === shape.length - 1;
  if (length === undefined || !(isLast || Array.isArray(value))) {
    throw wrong(rows, `${"[]".repeat(shape.length - axis)}${elemtype}`, value);
  }
  if (length !== shape[axis]) {
    throw new ArgumentError(
      `${place(rows)}: expected ${shape[axis]} elements, as in the previous arrays, got ${length}`,
    );
  }
  if (!Array.isArray(value)) return;
  if (length > MAX_NESTED) {
    throw new ArgumentError(
      `${place(rows)}: expected a JS array of at most ${MAX_NESTED} elements, got ${length}: use a typed array`,
    );
  }
  if (isLast) return;
  for (let i = 0; i < length; i++) {
    path.push(i);
    checkLengths(rows, value[i]);
    path.pop();
  }
}

function allocate<E extends Elemtype>(elemtype: E, shape: readonly number[], where: string) {
  try {
    return new ELEMTYPES[elemtype].array(elementCount(shape));
  } catch (cause) {
    throw new OutOfMemoryError(
      `${where}: no memory for ${elemtype} of shape ${shapeText(shape)}: ${(cause as Error).message}`,
      { cause },
    );
  }
}

/** Returns the shape by the first element of each level; `checkLengths` checks the others. */
function shapeOf(value: unknown, rank: number): number[] {
  const shape: number[] = [];
  let level = value;
  for (let axis = 0; axis < rank; axis++) {
    shape.push(lengthOf(level) ?? 0);
    level = Array.isArray(level) ? level[0] : undefined;
  }
  return shape;
}

/** A position in the nested arrays. */
interface Rows {
  readonly elemtype: Elemtype;
  readonly shape: readonly number[];
  readonly where: string;
  readonly path: number[];
}

/** The array being filled, and the next index in it. */
interface Filling extends Rows {
  readonly data: TypedArray;
  to: number;
}

function fill(filling: Filling, value: unknown): void {
  const { shape, path } = filling;
  const axis = path.length;
  if (axis === shape.length) {
    filling.data[filling.to++] = stored(filling, value) as never; // of the same kind
    return;
  }
  if (!Array.isArray(value)) {
    fillTyped(filling, value as TypedArray);
    return;
  }
  for (let i = 0; i < (shape[axis] as number); i++) {
    path.push(i);
    fill(filling, value[i]);
    path.pop();
  }
}

function fillTyped(filling: Filling, row: TypedArray): void {
  const { elemtype, data } = filling;
  if (typedArrayName(row) !== ELEMTYPES[elemtype].array.name && !isFloat16(row, elemtype)) {
    throw wrong(filling, `[]${elemtype}`, row);
  }
  try {
    data.set(typedElements(row, elemtype).data as never, filling.to); // of the same kind
  } catch (cause) {
    throw new ArgumentError(`${place(filling)}: ${(cause as Error).message}`, { cause });
  }
  filling.to += row.length;
}

function isFloat16(row: TypedArray, elemtype: Elemtype): boolean {
  return elemtype === "f16" && typedArrayName(row) === "Float16Array";
}

/** Returns an element in its stored form: bool as 0 or 1, f16 as bits. */
function stored(filling: Filling, value: unknown): number | bigint {
  const { elemtype } = filling;
  const misfit = misfitOf(elemtype, value);
  if (misfit !== undefined) throw wrong(filling, EXPECTED[misfit](elemtype), value);
  const scalar = value as Scalar; // as it fits
  if (elemtype === "f16") return numberToF16(Number(scalar));
  if (ELEMTYPES[elemtype].scalar === "bigint") return BigInt(scalar);
  return typeof scalar === "number" ? scalar : Number(scalar);
}

const EXPECTED: Readonly<Record<Misfit, (elemtype: Elemtype) => string>> = {
  kind: (elemtype) => (elemtype === "bool" ? "a boolean" : elemtype),
  inexact: (elemtype) => `${elemtype} as a bigint, since the number is not exact`,
  range: (elemtype) => {
    const { min, max } = ELEMTYPES[elemtype];
    return min === null ? `${elemtype} in range` : `${elemtype} from ${min} to ${max}`;
  },
};

function lengthOf(value: unknown): number | undefined {
  if (Array.isArray(value)) return value.length;
  return typedArrayName(value) === undefined ? undefined : (value as TypedArray).length;
}

function place({ where, path }: Rows): string {
  return where + path.map((index) => `[${index}]`).join("");
}

function wrong(rows: Rows, expected: string, value: unknown): ArgumentError {
  return new ArgumentError(`${place(rows)}: expected ${expected}, got ${describe(value)}`);
}

function describe(value: unknown): string {
  const length = lengthOf(value);
  if (length !== undefined) {
    return `${Array.isArray(value) ? "an array" : typedArrayName(value)} of length ${length}`;
  }
  switch (typeof value) {
    case "number":
    case "boolean":
      return `the ${typeof value} ${value}`;
    case "bigint":
      return `the bigint ${value}n`;
    case "string":
      return `the string ${JSON.stringify(value.length > 40 ? `${value.slice(0, 37)}...` : value)}`;
    case "object":
      return value === null ? "null" : "an object";
    default:
      return value === undefined ? "undefined" : `a ${typeof value}`;
  }
}

/**
 * Copies nested arrays, as deep as the first element of each says, into an n-d array.
 * @param elemtype By the first element when left out: f64 for a number, i64 for a bigint, bool for
 *   a boolean, that of its kind for a typed array. No other element may be of another kind.
 * @throws {ArgumentError} Rows of different lengths or depths, an element that the elemtype cannot
 *   hold, or no element that determines one.
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
  return copyNested(value, type as E, isTyped ? rank + 1 : rank, "array");
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
