import type { FieldInfo, RecordArrayTypeInfo } from "../bindings/program-info.ts";
import { ArgumentError } from "../errors.ts";
import { NdArray } from "../nd-array/nd-array.ts";
import { MAX_NESTED } from "../nd-array/shape.ts";
import { didYouMean } from "../spelling.ts";
import { got } from "./got.ts";

/** An object that is only its fields: not an array, a handle, a Map. */
export function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** An object that may be a record: of whatever class, but nothing that the language has built in. */
export function isObjectOfFields(value: unknown): value is Record<string, unknown> {
  if (isPlainObject(value)) return true;
  if (typeof value !== "object" || value === null) return false;
  return Object.prototype.toString.call(value) === "[object Object]" && !(value instanceof NdArray);
}

/**
 * Checks the names of a record's fields. A field of an instance may be an accessor of its class,
 * which is no field where the record has none of that name.
 * @throws {ArgumentError} One is missing, or there is no such.
 */
export function checkFields(
  value: Readonly<Record<string, unknown>>,
  fields: readonly FieldInfo[],
  type: string,
  where: string,
): void {
  // Most are just their fields. One that is hidden must not make up for one too many.
  let own = 0;
  for (const field of fields) if (isEnumerable.call(value, field.name)) own++;
  const keys = Object.keys(value);
  if (own === fields.length && keys.length === own) return;
  const unknown = keys.find((key) => !fields.some(({ name }) => name === key));
  if (unknown !== undefined) {
    const names = fields.map(({ name }) => name);
    throw new ArgumentError(
      `${where}: ${type} has no field ${unknown}${didYouMean(unknown, names)}`,
    );
  }
  const missing = fields.find(({ name }) => !hasField(value, name));
  if (missing !== undefined) {
    throw new ArgumentError(`${where}: field ${missing.name} of ${type} is missing`);
  }
}

const isEnumerable = Object.prototype.propertyIsEnumerable;

/** Whether an object, or a class of it, has a property; what all objects have does not count. */
function hasField(value: object, name: string): boolean {
  let holder: object | null = value;
  while (holder !== null && holder !== Object.prototype) {
    if (Object.hasOwn(holder, name)) return holder === value || name !== "constructor";
    holder = Object.getPrototypeOf(holder) as object | null;
  }
  return false;
}

/** The shape of nested JS arrays `rank` deep, and what they hold, in row-major order. */
export function nestedShape(
  value: readonly unknown[],
  rank: number,
  where: string,
): { shape: number[]; elements: unknown[] } {
  const shape: number[] = [];
  let level: readonly unknown[] = [value];
  for (let depth = 0; depth < rank; depth++) {
    const rows = level.map((row) => {
      if (!Array.isArray(row)) {
        throw new ArgumentError(
          `${where}: expected ${rank} levels of arrays, got ${got(row)} at level ${depth}`,
        );
      }
      return row as readonly unknown[];
    });
    const size = rows[0]?.length ?? 0;
    if (size * rows.length > MAX_NESTED) {
      throw new ArgumentError(
        `${where}: expected at most ${MAX_NESTED} elements in JS arrays, got ${size * rows.length}`,
      );
    }
    const ragged = rows.find((row) => row.length !== size);
    if (ragged !== undefined) {
      throw new ArgumentError(
        `${where}: expected rows of equal length at level ${depth}, got ${size} and ${ragged.length}`,
      );
    }
    shape.push(size);
    // Not `flat`, which leaves holes out: a hole is an element that is missing.
    level = rows.flatMap((row) => Array.from(row));
  }
  return { shape, elements: [...level] };
}

/** Turns records, in row-major order, into one nested array per field: structure of arrays. */
export function gather(
  type: RecordArrayTypeInfo,
  elements: readonly unknown[],
  shape: readonly number[],
  tuple: boolean,
  where: string,
): unknown[] {
  elements.forEach((element, i) => {
    checkElement(type, element, tuple, `${where}[${i}]`);
  });
  return type.fields.map(({ name }) =>
    nest(
      elements.map((element) => (element as Record<string, unknown>)[name]),
      shape,
    ),
  );
}

function checkElement(
  type: RecordArrayTypeInfo,
  element: unknown,
  tuple: boolean,
  where: string,
): void {
  if (!(tuple ? Array.isArray(element) : isObjectOfFields(element))) {
    throw new ArgumentError(`${where}: expected ${type.elemtype}, got ${got(element)}`);
  }
  checkFields(element as Record<string, unknown>, type.fields, type.elemtype, where);
}

/** Row-major elements as nested arrays of `shape`. */
export function nest(elements: readonly unknown[], shape: readonly number[]): unknown[] {
  let level = [...elements];
  for (let depth = shape.length - 1; depth > 0; depth--) {
    const size = shape[depth] as number;
    const count = shape.slice(0, depth).reduce((product, n) => product * n, 1);
    level = Array.from({ length: count }, (_, i) => level.slice(i * size, (i + 1) * size));
  }
  return level;
}
