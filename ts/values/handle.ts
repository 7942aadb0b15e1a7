import type { TypeInfo } from "../bindings/program-info.ts";
import type { Manner } from "../client/answer.ts";
import type { Session } from "../client/session.ts";
import { exposeSlots, type Slot } from "../client/slot.ts";
import { ArgumentError } from "../errors.ts";
import { defineInspect } from "../nd-array/inspect.ts";

/** A value that Futhark holds. It stays there until asked for, and until it is freed. */
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

  // Private fields stay out of `console.log`, `Object.keys` and deep comparisons.
  readonly #session: Session<M>;
  readonly #slots: readonly [Slot];
  #held = false;

  /** @internal Lets a handle read a value that is kept for it, whatever becomes of other handles of it. */
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
    return this.#slots[0].type as T; // the class goes with the kind of type
  }

  /** Futhark's name of the type, sizes left out: `[][]f32`, `point`. */
  get type(): Name {
    return this.info.name as Name; // the bindings' word
  }

  /** Whether the value can no longer be used: `"freed"`, `"consumed"` or `"lost"`, else `"live"`. */
  get state(): "live" | "freed" | "consumed" | "lost" {
    const { state } = this.slot;
    // A value that could not be made has no handle.
    return state === "failed" ? "lost" : state;
  }

  /**
   * Frees the value now rather than when this handle is collected. Calls that were made
   * with it before still run. Freeing again, or after consumption, does nothing.
   */
  free(): void {
    this.slot.free();
  }

  [Symbol.dispose](): void {
    this.free();
  }

  /** Frees the value. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.free();
  }

  /** @throws {ArgumentError} Always: a handle is not its data. */
  toJSON(): never {
    throw new ArgumentError(
      `JSON.stringify: a value of type ${this.info.name} is in Futhark's memory; copy it out first: await fut.fromFuthark(value)`,
    );
  }

  /** The type, with the sizes where they are known. */
  protected describe(): string {
    return this.info.name;
  }

  /** @internal */
  protected get slot(): Slot {
    return this.#slots[0];
  }

  /** The slot, checked for use in `where`. */
  protected use(where: string): Slot {
    const slot = this.slot;
    if (!this.#held) slot.check(`${this.info.name} ${where}`);
    return slot;
  }
}
