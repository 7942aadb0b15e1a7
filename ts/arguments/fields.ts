import type { FieldInfo, TypeInfo } from "../bindings/program-info.ts";
import { PendingTuple } from "../client/pending-tuple.ts";
import { ArgumentError } from "../errors.ts";
import { NdArray } from "../nd-array/nd-array.ts";
import { isPlainObject } from "../plain-object.ts";
import { didYouMean } from "../spelling.ts";
import { got } from "./describe.ts";

/** Returns the values of a record's fields in order; missing or unknown fields are errors. */
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

/** Returns whether a value may be a record: an object of any class that is not built in. */
export function isObjectOfFields(value: unknown): value is Record<string, unknown> {
  if (isPlainObject(value)) return true;
  if (typeof value !== "object" || value === null) return false;
  return Object.prototype.toString.call(value) === "[object Object]" && !(value instanceof NdArray);
}

/**
 * Checks the names of a record's fields. An instance may provide a field by an accessor of its
 * class; accessors that are not fields of the record are ignored.
 * @throws {ArgumentError} If a field is missing or unknown.
 */
export function checkFields(
  value: Readonly<Record<string, unknown>>,
  fields: readonly FieldInfo[],
  type: string,
  where: string,
): void {
  // Fast path for exact matches. A non-enumerable field must not offset an unknown one.
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

/** Returns whether an object or its class has a property, ignoring `Object.prototype`. */
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
