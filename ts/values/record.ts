// biome-ignore lint/suspicious/noTsIgnore: with the package there is no error to expect
/** @ts-ignore: an optional peer; where it is not installed its types are any. */
import type { Table } from "apache-arrow";
import { attemptWith } from "../arguments/leave-failures.ts";
import { type TableInput, toTableAfter } from "../arrow/tables.ts";
import type { RecordTypeInfo } from "../bindings/program-info.ts";
import { after, all } from "../client/channel.ts";
import type { Pending } from "../client/pending.ts";
import { ArgumentError } from "../errors.ts";
import { FutharkOpaque } from "./opaque.ts";
import { toPlain } from "./plain.ts";
import type { AnyRecord, FieldName, FieldOf, RecordShape } from "./shapes.ts";

/** A record or a tuple that Futhark holds. */
export class FutharkRecord<T extends RecordShape = AnyRecord> extends FutharkOpaque<
  T["name"],
  RecordTypeInfo
> {
  /** Names of the fields, in Futhark's order (alphabetical); `0`, `1`, … for a tuple. */
  get fields(): readonly string[] {
    return this.info.fields.map(({ name }) => name);
  }

  /**
   * Reads one field: a scalar, or a handle that shares its memory with the record.
   * @throws {ArgumentError} There is no such field.
   */
  project<K extends FieldName<T["fields"]>>(name: K): Pending<FieldOf<T["fields"], K>> {
    return attemptWith(this.session.channel, name, () => {
      const slot = this.use("project");
      const project = this.session.catalog.operation("project", this.info.name, String(name));
      if (project === undefined) {
        throw new ArgumentError(
          `${this.type} project: expected one of ${this.fields.join(", ")}, got ${String(name)}`,
        );
      }
      return this.session.invoke(project, [slot]) as Pending<FieldOf<T["fields"], K>>;
    });
  }

  /**
   * Copies the whole value out of Futhark: an object (an array for a tuple) of scalars,
   * NdArrays and such objects. Values of abstract types stay handles.
   */
  toObject(): Promise<T["value"]> {
    const names = this.fields;
    const parts = names.map((name) =>
      after((this as unknown as FutharkRecord).project(name), toPlain),
    );
    return after(all(this.session.channel, parts), (values) =>
      this.info.tuple ? values : Object.fromEntries(names.map((name, i) => [name, values[i]])),
    );
  }

  /**
   * Copies the record out of Futhark into an Arrow table, with a column for each field.
   * @throws {ArgumentError} A field is no array, or of another length than the others.
   */
  toTable(): Promise<Table> {
    return toTableAfter(after(this.toObject(), (fields) => ({ ...(fields as TableInput) })));
  }
}
