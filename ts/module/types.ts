import { attemptWith } from "../arguments/leave-failures.ts";
import { fieldValues, lower, lowerOne } from "../arguments/lower.ts";
import { Variant } from "../arguments/variant.ts";
import type { TypeInfo } from "../bindings/program-info.ts";
import type { Session } from "../client/session.ts";
import type { Slot } from "../client/slot.ts";
import { ArgumentError } from "../errors.ts";
import { restoreOpaque } from "../transfer/opaques.ts";

/** A type of the program: what it is, and how values of it are made. */
export class FutharkType {
  /** The type as the manifest describes it. */
  readonly info: TypeInfo;
  readonly #session: (value?: unknown) => Session;

  /** @internal */
  constructor(info: TypeInfo, session: (value?: unknown) => Session) {
    this.info = info;
    this.#session = session;
  }

  /** Futhark's name of the type. */
  get name(): string {
    return this.info.name;
  }

  get kind(): TypeInfo["kind"] {
    return this.info.kind;
  }

  /**
   * Makes a value: of an object for a record, of an array for a tuple, of whatever an entry
   * point takes for other types. The data are copied.
   */
  new(value: unknown): Promise<object> {
    const { info } = this;
    const session = this.#session(value);
    return attemptWith(session.channel, value, () => {
      const { words, temporaries } = lowerOne(session, info, value, `${info.name} new`);
      // A handle is the value already; a pending call becomes one.
      if (temporaries.length === 0)
        return value instanceof Promise ? value : session.channel.resolved(value as object);
      return session.settle(words[0] as Slot, temporaries);
    });
  }

  /** Makes a value of a sum type: `construct("rect", { w: 1, h: 2 })`. */
  construct(name: string, ...payload: unknown[]): Promise<object> {
    const { channel } = this.#session();
    return attemptWith(channel, [name, payload], () => {
      if (this.info.kind === "sum") return this.new(new Variant(name, payload));
      throw new ArgumentError(
        `${this.name} construct: expected a sum type, ${this.name} is ${this.kind}`,
      );
    });
  }

  /** Joins one array per field into an array of records that shares their memory. */
  zip(fields: Readonly<Record<string, unknown>> | readonly unknown[]): Promise<object> {
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
      const { words, temporaries } = lower(session, operation, values);
      return session.invoke(operation, words, temporaries);
    });
  }

  /**
   * Makes a value of the bytes that `store()` gave.
   * @throws {ArgumentError} Cut off, corrupted, or stored by another program or type.
   */
  restore(bytes: Uint8Array): Promise<object> {
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
