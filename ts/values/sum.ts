import { attemptWith } from "../arguments/leave-failures.ts";
import type { SumTypeInfo, VariantInfo } from "../bindings/program-info.ts";
import { after, all, attempt } from "../client/channel.ts";
import type { Slot } from "../client/slot.ts";
import { ArgumentError } from "../errors.ts";
import { didYouMean } from "../spelling.ts";
import { FutharkOpaque } from "./opaque.ts";
import { toPlain } from "./plain.ts";
import type { AnySum, SumShape, VariantName } from "./shapes.ts";

/** A value of a sum type that Futhark holds. */
export class FutharkSum<T extends SumShape = AnySum> extends FutharkOpaque<T["name"], SumTypeInfo> {
  #variant: VariantName<T> | undefined;

  /** Names of all variants of the type, without `#`. */
  get variants(): readonly VariantName<T>[] {
    return this.info.variants.map(({ name }) => name as VariantName<T>);
  }

  /** The name of the variant that this value is. Asked of the worker once. */
  variant(): Promise<VariantName<T>> {
    return attempt(this.session.channel, () => {
      const slot = this.use("variant");
      if (this.#variant !== undefined) return this.session.channel.resolved(this.#variant);
      const operation = this.session.catalog.operation("variant", this.info.name);
      if (operation === undefined) throw new ArgumentError(`${this.type}: has no variants`);
      return after(this.session.invoke<number>(operation, [slot]), (index) => {
        const { name } = this.info.variants[index] as VariantInfo;
        this.#variant = name as VariantName<T>;
        return this.#variant;
      });
    });
  }

  /**
   * Takes the value apart.
   * @param name The variant that the value is expected to be; without it, whichever it is.
   * @returns The payload; values in it share their memory with this one.
   * @throws {ArgumentError} It is another variant, or the type has no such variant.
   */
  destruct<K extends VariantName<T> = VariantName<T>>(name?: K): Promise<T["variants"][K]> {
    return attemptWith(this.session.channel, name, () => {
      const slot = this.use("destruct");
      if (name !== undefined && !this.variants.includes(name)) {
        throw new ArgumentError(
          `${this.type} destruct: expected one of ${this.variants.join(", ")}, got ${name}${didYouMean(String(name), this.variants)}`,
        );
      }
      return this.#takenApart(slot, (actual, payload) => {
        if (name !== undefined && name !== actual) {
          throw new ArgumentError(
            `${this.type} destruct: expected #${name}, the value is #${actual}`,
          );
        }
        return payload() as Promise<T["variants"][K]>;
      });
    });
  }

  /** Copies the value out of Futhark: its variant and the plain data of its payload. */
  toObject(): Promise<T["value"]> {
    return attempt(this.session.channel, () =>
      this.#takenApart(this.use("toObject"), (variant, payload) =>
        after(payload(), (parts) =>
          after(all(this.session.channel, parts.map(toPlain)), (plain) => ({
            variant,
            payload: plain,
          })),
        ),
      ),
    );
  }

  /** Goes on with the variant; the value stays until then, if it is freed or consumed meanwhile. */
  #takenApart<R>(
    slot: Slot,
    next: (variant: VariantName<T>, payload: () => Promise<unknown[]>) => Promise<R>,
  ): Promise<R> {
    const parts = after(this.variant(), (variant) =>
      next(variant, () => this.#payload(slot, variant)),
    );
    if (parts instanceof Promise) slot.usedBy(parts);
    return parts;
  }

  #payload(slot: Slot, variant: string): Promise<unknown[]> {
    const operation = this.session.catalog.operation("destruct", this.info.name, variant);
    if (operation === undefined) throw new ArgumentError(`${this.type}: has no #${variant}`);
    const result = this.session.invoke(operation, [slot]);
    // A call with one result gives it alone.
    return operation.outputs.length === 1
      ? after(result, (value) => [value])
      : (result as Promise<unknown[]>);
  }
}
