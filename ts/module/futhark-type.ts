import { fieldValues } from "../arguments/fields.ts";
import { lower, lowerOne } from "../arguments/lower.ts";
import { attemptWith } from "../arguments/mark-handled.ts";
import { Variant } from "../arguments/variant.ts";
import type { TypeInfo } from "../bindings/program-info.ts";
import type { Answer, Manner } from "../client/answer.ts";
import type { Session } from "../client/session.ts";
import type { Slot } from "../client/slot.ts";
import { ArgumentError } from "../errors.ts";
import { restoreOpaque } from "../transfer/opaques.ts";

/** A type of the program: its description, and constructors for its values. */
export class FutharkType<M extends Manner = "promise"> {
  /** The type, as described by the manifest. */
  readonly info: TypeInfo;
  readonly #session: (value?: unknown) => Session<M>;

  /** @internal */
  constructor(info: TypeInfo, session: (value?: unknown) => Session<M>) {
    this.info = info;
    this.#session = session;
  }

  /** Futhark's name for the type. */
  get name(): string {
    return this.info.name;
  }

  get kind(): TypeInfo["kind"] {
    return this.info.kind;
  }

  /**
   * Makes a value: from an object for a record, from an array for a tuple, from anything that an
   * entry point accepts for other types. Data is copied; a handle is returned as is.
   */
  new(value: unknown): Answer<M, object> {
    const { info } = this;
    const session = this.#session(value);
    const { channel } = session;
    const where = `${info.name} new`;
    return attemptWith(channel, value, (): Answer<M, object> => {
      const { operands, temporaries } = lowerOne(session, info, value, where);
      const slot = operands[0] as Slot;
      if (temporaries.length > 0) return session.settle(slot, temporaries);
      // A handle already is the value; a pending call resolves to one.
      if (!(value instanceof Promise)) return channel.known(value as object);
      const pending = value as Promise<object>;
      return channel.later(
        where,
        () => pending,
        (handle) => channel.known(handle),
        [slot],
      );
    });
  }

  /** Makes a value of a sum type: `construct("rect", { w: 1, h: 2 })`. */
  construct(name: string, ...payload: unknown[]): Answer<M, object> {
    const { channel } = this.#session();
    return attemptWith(channel, [name, payload], () => {
      if (this.info.kind === "sum") return this.new(new Variant(name, payload));
      throw new ArgumentError(
        `${this.name} construct: expected a sum type, ${this.name} is ${this.kind}`,
      );
    });
  }

  /** Joins one array per field into an array of records that aliases them. */
  zip(fields: Readonly<Record<string, unknown>> | readonly unknown[]): Answer<M, object> {
    const session = this.#session();
    return attemptWith(session.channel, fields, () => {
      const operation = session.catalog.operation("zip", this.name);
      if (operation === undefined || this.info.kind !== "record_array") {
        throw new ArgumentError(
          `${this.name} zip: expected an array of records, ${this.name} is ${this.kind}`,
        );
      }
      const columns = { ...this.info, tuple: true };
      const values = fieldValues(columns, fields, `${this.name} zip`);
      const { operands, temporaries } = lower(session, operation, values);
      return session.invoke<object>(operation, operands, temporaries);
    });
  }

  /**
   * Makes a value from the bytes that `store()` returned.
   * @throws {ArgumentError} If they are truncated, corrupted, or of another program or type.
   */
  restore(bytes: Uint8Array): Answer<M, object> {
    const session = this.#session();
    return attemptWith(session.channel, bytes, () => {
      const { info, name } = this;
      if (!(bytes instanceof Uint8Array)) {
        throw new ArgumentError(`${name} restore: expected a Uint8Array, got ${typeof bytes}`);
      }
      if (info.kind === "array") {
        throw new ArgumentError(`${name} restore: arrays of scalars are copied with values()`);
      }
      return restoreOpaque(session, info, bytes);
    });
  }
}
