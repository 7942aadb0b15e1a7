import type { RecordArrayTypeInfo } from "../bindings/program-info.ts";
import { ArgumentError } from "../errors.ts";
import { MAX_NESTED } from "../nd-array/shape.ts";
import { got } from "./describe.ts";
import { checkFields, isObjectOfFields } from "./fields.ts";

/** Returns the shape and row-major elements of JS arrays that are nested `rank` deep. */
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
    // Not `flat`, which skips holes: a hole is a missing element.
    level = rows.flatMap((row) => Array.from(row));
  }
  return { shape, elements: [...level] };
}

/** Converts records in row-major order to one nested array per field (structure of arrays). */
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

/** Returns row-major elements as nested arrays of the given shape. */
export function nest(elements: readonly unknown[], shape: readonly number[]): unknown[] {
  let level = [...elements];
  for (let depth = shape.length - 1; depth > 0; depth--) {
    const size = shape[depth] as number;
    const count = shape.slice(0, depth).reduce((product, n) => product * n, 1);
    level = Array.from({ length: count }, (_, i) => level.slice(i * size, (i + 1) * size));
  }
  return level;
}
