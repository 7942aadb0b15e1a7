import type { TypeInfo } from "../bindings/program-info.ts";
import type { Manner } from "../client/answer.ts";
import type { Session } from "../client/session.ts";
import { exposeSlots, type Slot } from "../client/slot.ts";
import { ArgumentError } from "../errors.ts";
import { defineInspect } from "../nd-array/inspect.ts";

/** A handle to a value in Futhark's memory, where it remains until it is freed or consumed. */
export abstract class Handle<
  T extends TypeInfo = TypeInfo,
  Name extends string = string,
  M extends Manner = "promise",
> {
  static {
    exposeSlots<Handle<TypeInfo, string, Manner>>(Handle.prototype, (handle) => handle.#slots);
    defineInspect<Handle<TypeInfo, string, Manner>>(Handle.prototype, (handle) => {
      const state = handle.state === "live" ? "" : ` (${handle.state})`;
      return `${handle.constructor.name} ${handle.describe()}${state}`;
    });
  }

  // Private fields are ignored by `console.log`, `Object.keys` and deep comparisons.
  readonly #session: Session<M>;
  readonly #slots: readonly [Slot];
  #held = false;

  /** @internal Keeps a handle readable after others have freed or consumed its value. */
  static holding<H extends Handle>(handle: H): H {
    handle.#held = true;
    return handle;
  }

  /** @internal */
  constructor(session: Session<M>, slot: Slot) {
    this.#session = session;
    this.#slots = [slot];
  }

  /** @internal */
  protected get session(): Session<M> {
    return this.#session;
  }

  /** @internal */
  protected get info(): T {
    return this.#slots[0].type as T; // the class matches the kind of type
  }

  /** Futhark's name for the type, without sizes: `[][]f32`, `point`. */
  get type(): Name {
    return this.info.name as Name; // by the bindings
  }

  /** `"live"` if usable, else `"freed"`, `"consumed"` or `"lost"` (with its worker). */
  get state(): "live" | "freed" | "consumed" | "lost" {
    const { state } = this.slot;
    // A value that could not be made has no handle.
    return state === "failed" ? "lost" : state;
  }

  /**
   * Frees the value immediately instead of when this handle is garbage-collected. Calls already
   * made with it still run. Has no effect if the value is freed or consumed.
   */
  free(): void {
    this.slot.free();
  }

  [Symbol.dispose](): void {
    this.free();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.free();
  }

  /** @throws {ArgumentError} Always: a handle does not contain its data. */
  toJSON(): never {
    throw new ArgumentError(
      `JSON.stringify: a value of type ${this.info.name} stays in Futhark's memory; copy it first: await fut.fromFuthark(value)`,
    );
  }

  /** Returns the type, including the sizes if they are known. */
  protected describe(): string {
    return this.info.name;
  }

  /** @internal */
  protected get slot(): Slot {
    return this.#slots[0];
  }

  /** Returns the slot; throws if it is unusable, with `where` in the message. */
  protected use(where: string): Slot {
    const slot = this.slot;
    if (!this.#held) slot.check(`${this.info.name} ${where}`);
    return slot;
  }
}
