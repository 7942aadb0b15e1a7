// biome-ignore lint/suspicious/noTsIgnore: @ts-expect-error fails if the package is installed
/** @ts-ignore: an optional peer dependency; its types are any where it is not installed. */
import type { Table } from "apache-arrow";
import { lower } from "../arguments/lower.ts";
import { attemptWith } from "../arguments/mark-handled.ts";
import { nest } from "../arguments/structure.ts";
import { type Column, type Columns, toTable, toTableSync } from "../arrow/tables.ts";
import type {
  OpaqueArrayTypeInfo,
  RecordArrayTypeInfo,
  TypeInfo,
} from "../bindings/program-info.ts";
import type { Answer, CallAnswer, ContentOf, Manner } from "../client/answer.ts";
import { attempt } from "../client/channel.ts";
import type { Operation } from "../client/operation.ts";
import type { Session } from "../client/session.ts";
import type { Slot } from "../client/slot.ts";
import { ArgumentError } from "../errors.ts";
import { NdArray } from "../nd-array/nd-array.ts";
import { checkNested } from "../nd-array/shape.ts";
import { didYouMean } from "../spelling.ts";
import type { AnyOpaqueArray, FieldName, FieldOf, OpaqueArrayShape } from "./handle-types.ts";
import { checkIndices } from "./indices.ts";
import { FutharkOpaque } from "./opaque.ts";
import { toPlain } from "./plain.ts";

/** A handle to an array of records, or of other non-scalar values, in Futhark's memory. */
export class FutharkOpaqueArray<
  T extends OpaqueArrayShape = AnyOpaqueArray,
  M extends Manner = "promise",
> extends FutharkOpaque<T["name"], RecordArrayTypeInfo | OpaqueArrayTypeInfo, M> {
  declare readonly "~blocking": FutharkOpaqueArray<T, "blocking">;
  /** Sizes of the dimensions, outermost first; excludes dimensions of the elements themselves. */
  readonly shape: readonly number[];

  /** @internal */
  constructor(session: Session<M>, slot: Slot, shape: readonly number[]) {
    super(session, slot);
    this.shape = Object.freeze([...shape]);
  }

  /** Futhark's name for the element type. */
  get elemtype(): string {
    return this.info.elemtype;
  }

  /** Number of dimensions. */
  get rank(): T["rank"] {
    return this.info.rank;
  }

  /** Names of the fields of the records; empty for other elements. */
  get fields(): readonly string[] {
    return this.info.kind === "record_array" ? this.info.fields.map(({ name }) => name) : [];
  }

  /**
   * Reads one element as a handle, which the caller owns.
   * @throws {ArgumentError} If the number of indices is wrong, or one is out of bounds.
   */
  at(...indices: number[]): CallAnswer<M, T["element"]> {
    return attemptWith(this.session.channel, indices, () => {
      const slot = this.use("at");
      checkIndices(`${this.type} at`, indices, this.shape);
      const operands = [slot, ...indices.map(BigInt)];
      const operation = elementOperation(this.session, this.info, "index");
      return this.session.invoke<T["element"]>(operation, operands);
    });
  }

  /**
   * Overwrites one element in place: `set(value, ...indices)`. Other handles are unaffected: an
   * array that may be aliased is copied first.
   * @throws {ArgumentError} If the value or an index does not fit, or the program was compiled
   *   without `set` (before Futhark 0.25.36).
   */
  set(value: T["elementInput"], ...indices: number[]): Answer<M, void> {
    return attemptWith(this.session.channel, [value, indices], () => {
      this.use("set");
      checkIndices(`${this.type} set`, indices, this.shape);
      const operation = elementOperation(this.session, this.info, "set");
      const { operands, temporaries } = lower(this.session, operation, [this, value, ...indices]);
      const done: Answer<M, unknown> = this.session.invoke(operation, operands, temporaries);
      return this.session.channel.map(done, () => undefined);
    });
  }

  /**
   * Returns all values of one field as an array that aliases this one.
   * @throws {ArgumentError} If the elements are not records, or have no such field.
   */
  project<K extends FieldName<T["fields"]>>(name: K): CallAnswer<M, FieldOf<T["fields"], K>> {
    return attemptWith(this.session.channel, name, () => {
      const slot = this.use("project");
      const operation = this.session.catalog.operation("project", this.info.name, String(name));
      if (operation === undefined) {
        const expected = this.fields.length > 0 ? `one of ${this.fields.join(", ")}` : "no field";
        throw new ArgumentError(
          `${this.type} project: expected ${expected}, got ${String(name)}${didYouMean(String(name), this.fields)}`,
        );
      }
      return this.session.invoke<FieldOf<T["fields"], K>>(operation, [slot]);
    });
  }

  /**
   * Copies all elements out of Futhark as nested JS arrays of plain data. Records are copied by
   * field, which takes one round trip per field instead of per element.
   */
  toObjects(): Answer<M, ContentOf<M, T["value"]>> {
    const { info, shape } = this;
    const { channel } = this.session;
    const plain = (part: Answer<M, unknown>): Answer<M, unknown> =>
      channel.after(part, (value) => toPlain(channel, value));
    const read = (): Answer<M, unknown> => {
      checkNested(shape, `${this.type} toObjects`);
      if (info.kind === "record_array") {
        const columns = this.fields.map((name) => plain(this.#column(name)));
        return channel.map(channel.all(columns), (values) => nest(this.#rows(info, values), shape));
      }
      const parts = allIndices(shape).map((indices) => plain(this.at(...indices)));
      return channel.map(channel.all(parts), (values) => nest(values, shape));
    };
    return attempt(channel, read) as Answer<M, ContentOf<M, T["value"]>>; // by the bindings
  }

  /**
   * Copies all elements out of Futhark into an Arrow table with one column per field: of structs if
   * the field is a record, of tensors if it is an array.
   * @throws {ArgumentError} If the elements are not records, or a field cannot be a column.
   */
  toTable(): Answer<M, Table> {
    return this.session.channel.convert(this.#columns(), { later: toTable, now: toTableSync });
  }

  protected override describe(): string {
    return `${this.shape.map((size) => `[${size}]`).join("")}${this.info.elemtype}`;
  }

  /** Copies the fields to arrays by name, as Futhark stores them. */
  #columns(): Answer<M, Columns> {
    const { fields } = this;
    const { channel } = this.session;
    const columns = fields.map((name) =>
      channel.after(this.#column(name), (column): Answer<M, unknown> => {
        // Values that cannot be columns are rejected when the table is made.
        if (!(column instanceof FutharkOpaqueArray)) return toPlain(channel, column);
        return channel.map((column as FutharkOpaqueArray<T, M>).#columns(), (inner) => {
          column.free();
          return inner;
        });
      }),
    );
    return channel.map(channel.all(columns), (values) =>
      Object.fromEntries(fields.map((name, i) => [name, values[i] as Column])),
    );
  }

  /** Projects a field whose type is not known statically. */
  #column(name: string): Answer<M, unknown> {
    return this.project(name as FieldName<T["fields"]>);
  }

  /** Returns one plain record per element, from one array per field. */
  #rows(info: RecordArrayTypeInfo, columns: readonly unknown[]): unknown[] {
    const element = this.session.catalog.type(info.elemtype);
    const tuple = typeof element === "object" && element.kind === "record" && element.tuple;
    return allIndices(this.shape).map((indices) => {
      const values = columns.map((column) => elementOf(column, indices));
      if (tuple) return values;
      return Object.fromEntries(info.fields.map(({ name }, i) => [name, values[i]]));
    });
  }
}

/** @throws {ArgumentError} If the compiler generated no such operation for the type. */
export function elementOperation(session: Session, type: TypeInfo, of: "index" | "set"): Operation {
  const operation = session.catalog.operation(of, type.name);
  if (operation === undefined) {
    throw new ArgumentError(
      `${type.name} ${of}: the program was compiled by Futhark ${session.info.compilerVersion ?? "of unknown version"}, which cannot ${of} elements of such arrays${of === "set" ? ": 0.25.36 can" : ""}`,
    );
  }
  return operation;
}

/** Returns one element of a column: a scalar, an array, or another plain value. */
function elementOf(column: unknown, indices: readonly number[]): unknown {
  if (column instanceof NdArray) {
    if (column.rank === indices.length) return column.get(...indices);
    return column.slice(...indices).contiguous();
  }
  return indices.reduce<unknown>((level, i) => (level as readonly unknown[])[i], column);
}

function allIndices(shape: readonly number[]): number[][] {
  let indices: number[][] = [[]];
  for (const size of shape) {
    indices = indices.flatMap((prefix) => Array.from({ length: size }, (_, i) => [...prefix, i]));
  }
  return indices;
}
