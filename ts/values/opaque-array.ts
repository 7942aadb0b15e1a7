// biome-ignore lint/suspicious/noTsIgnore: with the package there is no error to expect
/** @ts-ignore: an optional peer; where it is not installed its types are any. */
import type { Table } from "apache-arrow";
import { attemptWith } from "../arguments/leave-failures.ts";
import { lower } from "../arguments/lower.ts";
import { nest } from "../arguments/structure.ts";
import { type Column, type Columns, toTableAfter } from "../arrow/tables.ts";
import type {
  OpaqueArrayTypeInfo,
  RecordArrayTypeInfo,
  TypeInfo,
} from "../bindings/program-info.ts";
import { after, all, attempt } from "../client/channel.ts";
import type { Operation } from "../client/operation.ts";
import type { Pending } from "../client/pending.ts";
import type { Session } from "../client/session.ts";
import type { Slot } from "../client/slot.ts";
import { ArgumentError } from "../errors.ts";
import { NdArray } from "../nd-array/nd-array.ts";
import { checkNested } from "../nd-array/shape.ts";
import { checkIndices } from "./indices.ts";
import { FutharkOpaque } from "./opaque.ts";
import { toPlain } from "./plain.ts";
import type { AnyOpaqueArray, FieldName, FieldOf, OpaqueArrayShape } from "./shapes.ts";

/** An array of records, or of other values that are not scalars, that Futhark holds. */
export class FutharkOpaqueArray<T extends OpaqueArrayShape = AnyOpaqueArray> extends FutharkOpaque<
  T["name"],
  RecordArrayTypeInfo | OpaqueArrayTypeInfo
> {
  /** Sizes of the dimensions, outermost first; the elements' own dimensions do not count. */
  readonly shape: readonly number[];

  /** @internal */
  constructor(session: Session, slot: Slot, shape: readonly number[]) {
    super(session, slot);
    this.shape = Object.freeze([...shape]);
  }

  /** Futhark's name of the elements' type. */
  get elemtype(): string {
    return this.info.elemtype;
  }

  /** Number of dimensions. */
  get rank(): T["rank"] {
    return this.info.rank;
  }

  /** Names of the records' fields; none for other elements. */
  get fields(): readonly string[] {
    return this.info.kind === "record_array" ? this.info.fields.map(({ name }) => name) : [];
  }

  /**
   * Reads one element, as a handle.
   * @throws {ArgumentError} Not one index per dimension, or one out of bounds.
   */
  at(...indices: number[]): Pending<T["element"]> {
    return attemptWith(this.session.channel, indices, () => {
      const slot = this.use("at");
      checkIndices(`${this.type} at`, indices, this.shape);
      const words = [slot, ...indices.map(BigInt)];
      return this.session.invoke(
        elementOperation(this.session, this.info, "index"),
        words,
      ) as Pending<T["element"]>;
    });
  }

  /**
   * Overwrites one element, in place: `set(value, ...indices)`. Other handles keep their
   * values: where one may share this array's memory, the array is copied first.
   * @throws {ArgumentError} The compiler that made the program has no `set` (before 0.25.36),
   *   or the value or an index does not fit.
   */
  set(value: T["elementInput"], ...indices: number[]): Promise<void> {
    return attemptWith(this.session.channel, [value, indices], () => {
      this.use("set");
      checkIndices(`${this.type} set`, indices, this.shape);
      const operation = elementOperation(this.session, this.info, "set");
      const { words, temporaries } = lower(this.session, operation, [this, value, ...indices]);
      return after(this.session.invoke(operation, words, temporaries), () => undefined);
    });
  }

  /**
   * All values of one field, as an array that shares its memory with this one.
   * @throws {ArgumentError} The elements are no records, or have no such field.
   */
  project<K extends FieldName<T["fields"]>>(name: K): Pending<FieldOf<T["fields"], K>> {
    return attemptWith(this.session.channel, name, () => {
      const slot = this.use("project");
      const operation = this.session.catalog.operation("project", this.info.name, String(name));
      if (operation === undefined) {
        const expected = this.fields.length > 0 ? `one of ${this.fields.join(", ")}` : "no field";
        throw new ArgumentError(`${this.type} project: expected ${expected}, got ${String(name)}`);
      }
      return this.session.invoke(operation, [slot]) as Pending<FieldOf<T["fields"], K>>;
    });
  }

  /**
   * Copies all elements out of Futhark, as nested JS arrays of plain data. Records come
   * field by field, which takes one round trip for each field, not for each element.
   */
  toObjects(): Promise<T["value"]> {
    const { info, shape } = this;
    return attempt(this.session.channel, () => {
      checkNested(shape, `${this.type} toObjects`);
      if (info.kind === "record_array") {
        const columns = info.fields.map(({ name }) =>
          after((this as unknown as FutharkOpaqueArray).project(name), toPlain),
        );
        return after(all(this.session.channel, columns), (values) =>
          nest(this.#rows(info, values), shape),
        );
      }
      const parts = allIndices(shape).map((indices) => after(this.at(...indices), toPlain));
      return after(all(this.session.channel, parts), (values) => nest(values, shape));
    });
  }

  /**
   * Copies all elements out of Futhark into an Arrow table, with a column for each field: one of
   * structs where the field is a record itself, of tensors where it is an array.
   * @throws {ArgumentError} The elements are no records, or a field can be neither.
   */
  toTable(): Promise<Table> {
    return toTableAfter(this.#columns());
  }

  protected override describe(): string {
    return `${this.shape.map((size) => `[${size}]`).join("")}${this.info.elemtype}`;
  }

  /** One array for each field, by name: what Futhark has in memory. */
  #columns(): Promise<Columns> {
    const { fields } = this;
    const columns = fields.map((name) =>
      after(
        (this as unknown as FutharkOpaqueArray).project(name),
        (column: unknown): Promise<Column> => {
          // What is no column either is refused where the table is made.
          if (!(column instanceof FutharkOpaqueArray)) return toPlain(column) as Promise<Column>;
          return after(column.#columns(), (inner) => {
            column.free();
            return inner;
          });
        },
      ),
    );
    return after(all(this.session.channel, columns), (values) =>
      Object.fromEntries(fields.map((name, i) => [name, values[i] as Column])),
    );
  }

  /** One plain record per element, of one array per field. */
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

/** @throws {ArgumentError} The compiler has none of that kind for the type. */
export function elementOperation(session: Session, type: TypeInfo, of: "index" | "set"): Operation {
  const operation = session.catalog.operation(of, type.name);
  if (operation === undefined) {
    throw new ArgumentError(
      `${type.name} ${of}: the program was compiled by Futhark ${session.info.compilerVersion ?? "of unknown version"}, which cannot ${of} elements of such arrays${of === "set" ? ": 0.25.36 can" : ""}`,
    );
  }
  return operation;
}

/** One element of a column: a scalar, an array where the field is one, or a plain value. */
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
