import type { FieldInfo, TypeInfo } from "../bindings/program-info.ts";
import { PendingTuple } from "../client/pending-tuple.ts";
import { ArgumentError } from "../errors.ts";
import { NdArray } from "../nd-array/nd-array.ts";
import { isPlainObject } from "../plain-object.ts";
import { didYouMean } from "../spelling.ts";
import { got } from "./got.ts";

/** The values of a record's fields, in their order; no field may be missing or unknown. */
export function fieldValues(
  type: { readonly name: string; readonly fields: readonly FieldInfo[]; readonly tuple: boolean },
  value: unknown,
  where: string,
): unknown[] {
  const { fields } = type;
  if (type.tuple && (Array.isArray(value) || value instanceof PendingTuple)) {
    if (value.length !== fields.length) {
      throw new ArgumentError(
        `${where}: expected ${fields.length} values for ${type.name}, got ${value.length}`,
      );
    }
    return [...value];
  }
  if (!isObjectOfFields(value)) {
    throw new ArgumentError(`${where}: expected ${type.name}, got ${got(value)}`);
  }
  checkFields(value, fields, type.name, where);
  return fields.map(({ name }) => value[name]);
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

export function mismatch(type: TypeInfo, value: unknown, where: string): ArgumentError {
  return new ArgumentError(`${where}: expected ${type.name}, got ${got(value)}`);
}
