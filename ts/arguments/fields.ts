import type { FieldInfo, TypeInfo } from "../bindings/program-info.ts";
import { ArgumentError } from "../errors.ts";
import { isPlainObject } from "../plain-object.ts";
import { got } from "./got.ts";

/** The values of a record's fields, in their order; no field may be missing or unknown. */
export function fieldValues(
  type: { readonly name: string; readonly fields: readonly FieldInfo[]; readonly tuple: boolean },
  value: unknown,
  where: string,
): unknown[] {
  const { fields } = type;
  if (type.tuple && Array.isArray(value)) {
    if (value.length !== fields.length) {
      throw new ArgumentError(
        `${where}: expected ${fields.length} values for ${type.name}, got ${value.length}`,
      );
    }
    return value;
  }
  if (!isPlainObject(value)) {
    throw new ArgumentError(`${where}: expected ${type.name}, got ${got(value)}`);
  }
  const unknown = Object.keys(value).find((key) => !fields.some(({ name }) => name === key));
  if (unknown !== undefined) {
    throw new ArgumentError(`${where}: ${type.name} has no field ${unknown}`);
  }
  return fields.map(({ name }) => {
    if (!Object.hasOwn(value, name)) {
      throw new ArgumentError(`${where}: field ${name} of ${type.name} is missing`);
    }
    return value[name];
  });
}

export function mismatch(type: TypeInfo, value: unknown, where: string): ArgumentError {
  return new ArgumentError(`${where}: expected ${type.name}, got ${got(value)}`);
}
