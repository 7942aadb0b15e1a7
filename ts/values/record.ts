// biome-ignore lint/suspicious/noTsIgnore: @ts-expect-error fails if the package is installed
/** @ts-ignore: an optional peer dependency; its types are any where it is not installed. */
import type { Table } from "apache-arrow";
import { attemptWith } from "../arguments/mark-handled.ts";
import { type TableInput, toTable, toTableSync } from "../arrow/tables.ts";
import type { RecordTypeInfo } from "../bindings/program-info.ts";
import type { Answer, CallAnswer, ContentOf, Manner } from "../client/answer.ts";
import { ArgumentError } from "../errors.ts";
import { didYouMean } from "../spelling.ts";
import type { AnyRecord, FieldName, FieldOf, RecordShape } from "./handle-types.ts";
import { FutharkOpaque } from "./opaque.ts";
import { toPlain } from "./plain.ts";

/** A handle to a record or tuple in Futhark's memory. */
export class FutharkRecord<
  T extends RecordShape = AnyRecord,
  M extends Manner = "promise",
> extends FutharkOpaque<T["name"], RecordTypeInfo, M> {
  declare readonly "~blocking": FutharkRecord<T, "blocking">;

  /** Names of the fields, in Futhark's order (alphabetical); `0`, `1`, … for a tuple. */
  get fields(): readonly string[] {
    return this.info.fields.map(({ name }) => name);
  }

  /**
   * Reads one field: a scalar, or a handle that aliases the record.
   * @throws {ArgumentError} If there is no such field.
   */
  project<K extends FieldName<T["fields"]>>(name: K): CallAnswer<M, FieldOf<T["fields"], K>> {
    return attemptWith(this.session.channel, name, () => {
      const slot = this.use("project");
      const project = this.session.catalog.operation("project", this.info.name, String(name));
      if (project === undefined) {
        throw new ArgumentError(
          `${this.type} project: expected one of ${this.fields.join(", ")}, got ${String(name)}${didYouMean(String(name), this.fields)}`,
        );
      }
      return this.session.invoke<FieldOf<T["fields"], K>>(project, [slot]);
    });
  }

  /**
   * Copies the whole value out of Futhark: an object (an array for a tuple) of scalars, NdArrays
   * and nested objects. Values of abstract types remain handles.
   */
  toObject(): Answer<M, ContentOf<M, T["value"]>> {
    // The bindings define the type.
    return this.#fieldValues() as Answer<M, ContentOf<M, T["value"]>>;
  }

  /**
   * Copies the record out of Futhark into an Arrow table with one column per field.
   * @throws {ArgumentError} If a field is not an array, or the lengths differ.
   */
  toTable(): Answer<M, Table> {
    const { channel } = this.session;
    const columns = channel.map(this.#fieldValues(), (fields) => ({ ...(fields as TableInput) }));
    return channel.convert(columns, { later: toTable, now: toTableSync });
  }

  #fieldValues(): Answer<M, unknown> {
    const { channel } = this.session;
    const names = this.fields;
    const parts = names.map((name) => {
      const field: Answer<M, unknown> = this.project(name as FieldName<T["fields"]>);
      return channel.after(field, (value) => toPlain(channel, value));
    });
    return channel.map(channel.all(parts), (values) =>
      this.info.tuple ? values : Object.fromEntries(names.map((name, i) => [name, values[i]])),
    );
  }
}
