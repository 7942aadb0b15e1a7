// Converts values from files and the command line to arguments of entry points.
import { got } from "../arguments/describe.ts";
import { variant } from "../arguments/variant.ts";
import type { FieldInfo, SumTypeInfo, TypeInfo } from "../bindings/program-info.ts";
import { type Elemtype, isElemtypeName } from "../elemtypes.ts";
import { ArgumentError } from "../errors.ts";
import type { NdArray } from "../nd-array/nd-array.ts";
import { didYouMean } from "../spelling.ts";
import type { Fields, Literal, Tuple } from "./literal.ts";
import type { Given } from "./read.ts";
import { arrayOf } from "./typed-literal.ts";

/** The types of a program, and a way to restore stored values. */
export interface TypeTable {
  get(name: string): TypeInfo | undefined;
  restore(name: string, bytes: Uint8Array): unknown;
}

/**
 * Converts a value to an argument for a parameter of this type.
 * @throws {ArgumentError} The value does not fit the type.
 */
export function argumentOf(given: Given, type: string, types: TypeTable, where: string): unknown {
  switch (given.kind) {
    case "literal":
      return new Conversion(types).value(given.literal, type, where);
    case "stored":
      if (types.get(type)?.kind === "array" || isElemtypeName(type)) {
        throw new ArgumentError(`${where}: expected ${type}, got a stored value`);
      }
      return types.restore(type, given.bytes);
    case "fields":
      return fieldsOf(given.fields, type, types, where);
    case "array": {
      const info = types.get(type);
      if (isElemtypeName(type)) return scalarOf(given, type, where);
      // In Arrow a single array may be a column of one row, a tensor.
      const { array } = given;
      const oneRow =
        given.arrow &&
        info?.kind === "array" &&
        array.rank === info.rank + 1 &&
        array.shape[0] === 1;
      return oneRow ? array.slice(0) : array;
    }
  }
}

/** Converts columns of a table to a record of arrays, or an array of records. */
function fieldsOf(
  columns: ReadonlyMap<string, Given>,
  type: string,
  types: TypeTable,
  where: string,
): Record<string, unknown> {
  const info = types.get(type);
  if (info?.kind !== "record" && info?.kind !== "record_array") {
    throw new ArgumentError(`${where}: expected ${type}, got a table`);
  }
  const names = info.fields.map(({ name }) => name);
  const unknown = [...columns.keys()].find((name) => !names.includes(name));
  if (unknown !== undefined) {
    throw new ArgumentError(
      `${where}: ${type} has no field ${unknown}${didYouMean(unknown, names)}`,
    );
  }
  return Object.fromEntries(
    info.fields.map((field) => {
      const column = columns.get(field.name);
      if (column === undefined) {
        throw new ArgumentError(`${where}: field ${field.name} of ${type} is missing`);
      }
      return [field.name, argumentOf(column, field.type, types, `${where}.${field.name}`)];
    }),
  );
}

function scalarOf(
  { array, arrow }: { readonly array: NdArray; readonly arrow: boolean },
  type: Elemtype,
  where: string,
): unknown {
  const isScalar = array.rank === 0 || (arrow && array.rank === 1 && array.size === 1);
  if (array.elemtype !== type || !isScalar) {
    throw new ArgumentError(`${where}: expected ${type}, got ${got(array)}`);
  }
  return array.get(...array.shape.map(() => 0));
}

class Conversion {
  readonly #types: TypeTable;

  constructor(types: TypeTable) {
    this.#types = types;
  }

  /** @param nested Returns arrays as nested JS arrays, for elements of arrays of records. */
  value(literal: Literal, type: string, where: string, nested = false): unknown {
    if (isElemtypeName(type)) return arrayOf(literal, type, 0, where).get();
    const info = this.#types.get(type);
    switch (info?.kind) {
      case "array": {
        const array = arrayOf(literal, info.elemtype, info.rank, where);
        return nested ? array.toNested() : array;
      }
      case "record":
        if (!info.tuple) return this.#fields(literal, info.name, info.fields, where, nested);
        return this.#items(literal, info.name, where, info.fields.length).map((item, i) =>
          this.value(item, info.fields[i]?.type ?? "", `${where}.${i}`, nested),
        );
      case "sum":
        return this.#sum(literal, info, where);
      case "record_array":
        if (isFields(literal)) return this.#fields(literal, info.name, info.fields, where, false);
        return this.#rows(literal, info, where, true);
      case "opaque_array":
        return this.#rows(literal, info, where, false);
      default:
        throw new ArgumentError(
          `${where}: a value of type ${type} can only be read from its stored form (.futv)`,
        );
    }
  }

  #rows(
    literal: Literal,
    info: { readonly name: string; readonly elemtype: string; readonly rank: number },
    where: string,
    nested: boolean,
    depth = 0,
  ): unknown {
    if (depth === info.rank) return this.value(literal, info.elemtype, where, nested);
    return this.#items(literal, info.name, where).map((item, i) =>
      this.#rows(item, info, `${where}[${i}]`, nested, depth + 1),
    );
  }

  #items(literal: Literal, type: string, where: string, length?: number): readonly Literal[] {
    // Tuples are (1, 2), or [1, 2] as in JSON.
    const items = length !== undefined && isTuple(literal) ? literal.items : literal;
    const fits = Array.isArray(items) && (length === undefined || items.length === length);
    if (fits) return items as readonly Literal[]; // checked above
    const wanted = length === undefined ? "an array" : `an array of ${length}`;
    throw new ArgumentError(`${where}: expected ${type} as ${wanted}`);
  }

  #fields(
    literal: Literal,
    type: string,
    fields: readonly FieldInfo[],
    where: string,
    nested: boolean,
  ): Record<string, unknown> {
    if (!isFields(literal)) {
      const shape = fields.map(({ name }) => `"${name}": …`).join(", ");
      throw new ArgumentError(`${where}: expected ${type} as {${shape}}`);
    }
    const unknown = [...literal.fields.keys()].find(
      (key) => !fields.some(({ name }) => name === key),
    );
    if (unknown !== undefined) {
      const hint = didYouMean(
        unknown,
        fields.map(({ name }) => name),
      );
      throw new ArgumentError(`${where}: ${type} has no field ${unknown}${hint}`);
    }
    return Object.fromEntries(
      fields.map(({ name, type: of }) => {
        const item = literal.fields.get(name);
        if (item === undefined) {
          throw new ArgumentError(`${where}: field ${name} of ${type} is missing`);
        }
        return [name, this.value(item, of, `${where}.${name}`, nested)];
      }),
    );
  }

  #sum(literal: Literal, info: SumTypeInfo, where: string): unknown {
    const names = info.variants.map(({ name }) => name);
    const name = isFields(literal) ? literal.fields.get("variant") : undefined;
    const found = info.variants.find((one) => isQuoted(name) && one.name === name.quoted);
    if (!isFields(literal) || found === undefined) {
      throw new ArgumentError(
        `${where}: expected ${info.name} as #variant … or {"variant": …, "payload": […]}, one of ${names.join(", ")}`,
      );
    }
    const payload = literal.fields.get("payload") ?? [];
    const items = this.#items(payload, `#${found.name}`, where, found.payload.length);
    const parts = items.map((item, i) =>
      this.value(item, found.payload[i] ?? "", `${where} #${found.name} ${i + 1}`),
    );
    return variant(found.name, ...parts);
  }
}

function isFields(literal: Literal | undefined): literal is Fields {
  return typeof literal === "object" && literal !== null && "fields" in literal;
}

function isTuple(literal: Literal): literal is Tuple {
  return typeof literal === "object" && literal !== null && "items" in literal;
}

function isQuoted(literal: Literal | undefined): literal is { readonly quoted: string } {
  return typeof literal === "object" && literal !== null && "quoted" in literal;
}
