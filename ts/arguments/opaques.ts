import type {
  AbstractTypeInfo,
  OpaqueArrayTypeInfo,
  RecordArrayTypeInfo,
  RecordTypeInfo,
  SumTypeInfo,
  TypeInfo,
} from "../bindings/program-info.ts";
import { isElemtype, type Operation } from "../client/operation.ts";
import type { Session } from "../client/session.ts";
import { hasSlots } from "../client/slot.ts";
import { ArgumentError } from "../errors.ts";
import { didYouMean } from "../spelling.ts";
import { withColumns } from "./columns.ts";
import type { Draft } from "./draft.ts";
import { fieldValues, isObjectOfFields, mismatch } from "./fields.ts";
import { gather, nestedShape } from "./structure.ts";
import { asVariant } from "./variant.ts";

/** Makes drafts of values from those of their parts, which may be plain data themselves. */
export interface DraftMaker {
  readonly session: Session;
  /** Returns a draft that calls an operation; `nameOf` names its operands for messages. */
  call(
    operation: Operation,
    values: readonly unknown[],
    where: string,
    nameOf: (index: number) => string,
  ): Draft;
  /** Returns a draft of an array of handles or plain data. */
  elements(
    type: OpaqueArrayTypeInfo | RecordArrayTypeInfo,
    elements: readonly unknown[],
    shape: readonly number[],
    where: string,
  ): Draft;
}

/** A type whose values are made from plain data by operations of the program. */
export type StructuredType =
  | RecordTypeInfo
  | SumTypeInfo
  | RecordArrayTypeInfo
  | OpaqueArrayTypeInfo
  | AbstractTypeInfo;

/**
 * Validates plain data for a record, a sum, or an array of either.
 * @returns A draft that makes the value, after the values of its parts.
 * @throws {ArgumentError} The data does not fit, or values of the type cannot be made.
 */
export function structured(
  make: DraftMaker,
  type: StructuredType,
  value: unknown,
  where: string,
): Draft {
  switch (type.kind) {
    case "record":
      return record(make, type, withColumns(value, where), where);
    case "sum":
      return sum(make, type, value, where);
    case "record_array":
      return recordArray(make, type, withColumns(value, where), where);
    case "opaque_array":
      return opaqueArray(make, type, value, where);
    case "opaque":
      throw mismatch(type, value, where);
  }
}

function record(make: DraftMaker, type: RecordTypeInfo, value: unknown, where: string): Draft {
  const operation = operationOf(make, "new", type, undefined, value, where);
  const fields = fieldValues(type, value, where);
  return make.call(operation, fields, where, (i) => `${where}.${type.fields[i]?.name}`);
}

function sum(make: DraftMaker, type: SumTypeInfo, value: unknown, where: string): Draft {
  const given = asVariant(value);
  if (given === undefined) throw mismatch(type, value, where);
  const { variant, payload } = given;
  const known = type.variants.find(({ name }) => name === variant);
  if (known === undefined) {
    const names = type.variants.map(({ name }) => `#${name}`);
    throw new ArgumentError(
      `${where}: expected one of ${names.join(", ")}, got #${variant}${didYouMean(`#${variant}`, names)}`,
    );
  }
  if (known.payload.length !== payload.length) {
    throw new ArgumentError(
      `${where}: expected ${known.payload.length} values for #${known.name} (${known.payload.join(", ")}), got ${payload.length}`,
    );
  }
  const operation = operationOf(make, "construct", type, known.name, value, where);
  return make.call(operation, payload, where, (i) => `${where} #${known.name} ${i + 1}`);
}

function recordArray(
  make: DraftMaker,
  type: RecordArrayTypeInfo,
  value: unknown,
  where: string,
): Draft {
  const operation = operationOf(make, "zip", type, undefined, value, where);
  const element = make.session.catalog.type(type.elemtype);
  const tuple = !isElemtype(element) && element.kind === "record" && element.tuple;
  let columns: readonly unknown[];
  if (isObjectOfFields(value)) columns = fieldValues({ ...type, tuple: false }, value, where);
  else if (Array.isArray(value)) {
    const { elements, shape } = nestedShape(value, type.rank, where);
    // The fields of records in the worker are not known here.
    if (elements.some(hasSlots)) return make.elements(type, elements, shape, where);
    columns = gather(type, elements, shape, tuple, where);
  } else throw mismatch(type, value, where);
  return make.call(operation, columns, where, (i) => `${where}.${type.fields[i]?.name}`);
}

function opaqueArray(
  make: DraftMaker,
  type: OpaqueArrayTypeInfo,
  value: unknown,
  where: string,
): Draft {
  if (!Array.isArray(value)) throw mismatch(type, value, where);
  if (!type.canNew) {
    throw new ArgumentError(
      `${where}: expected a handle of type ${type.name}: arrays of ${type.elemtype} can be made from JavaScript when the program is compiled by Futhark 0.25.36 or newer`,
    );
  }
  const { shape, elements } = nestedShape(value, type.rank, where);
  return make.elements(type, elements, shape, where);
}

function operationOf(
  { session }: DraftMaker,
  of: "new" | "zip" | "construct",
  type: TypeInfo,
  name: string | undefined,
  value: unknown,
  where: string,
): Operation {
  const found = session.catalog.operation(of, type.name, name);
  if (found === undefined) throw mismatch(type, value, where);
  return found;
}
