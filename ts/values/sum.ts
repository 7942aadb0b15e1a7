import { attemptWith } from "../arguments/mark-handled.ts";
import type { SumTypeInfo, VariantInfo } from "../bindings/program-info.ts";
import type { Answer, ContentOf, Manner } from "../client/answer.ts";
import { attempt } from "../client/channel.ts";
import type { Slot } from "../client/slot.ts";
import { ArgumentError } from "../errors.ts";
import { didYouMean } from "../spelling.ts";
import type { AnySum, SumShape, VariantName } from "./handle-types.ts";
import { FutharkOpaque } from "./opaque.ts";
import { toPlain } from "./plain.ts";

/** A handle to a value of a sum type in Futhark's memory. */
export class FutharkSum<
  T extends SumShape = AnySum,
  M extends Manner = "promise",
> extends FutharkOpaque<T["name"], SumTypeInfo, M> {
  declare readonly "~blocking": FutharkSum<T, "blocking">;
  #variant: VariantName<T> | undefined;

  /** Names of all variants of the type, without `#`. */
  get variants(): readonly VariantName<T>[] {
    return this.info.variants.map(({ name }) => name as VariantName<T>);
  }

  /** Returns the name of the value's variant; the worker is asked only once. */
  variant(): Answer<M, VariantName<T>> {
    const { channel } = this.session;
    return attempt(channel, (): Answer<M, VariantName<T>> => {
      const slot = this.use("variant");
      if (this.#variant !== undefined) return channel.known(this.#variant);
      const operation = this.session.catalog.operation("variant", this.info.name);
      if (operation === undefined) throw new ArgumentError(`${this.type}: has no variants`);
      const asked: Answer<M, number> = this.session.invoke<number>(operation, [slot]);
      return channel.map(asked, (index) => {
        const { name } = this.info.variants[index] as VariantInfo;
        this.#variant = name as VariantName<T>;
        return this.#variant;
      });
    });
  }

  /**
   * Returns the payload, whose values alias this one.
   * @param name The expected variant; default any variant.
   * @throws {ArgumentError} If the value is another variant, or the type has no such variant.
   */
  destruct<K extends VariantName<T> = VariantName<T>>(
    name?: K,
  ): Answer<M, ContentOf<M, T["variants"][K]>> {
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
        return payload();
      }) as Answer<M, ContentOf<M, T["variants"][K]>>; // by the bindings
    });
  }

  /** Copies the value out of Futhark: its variant, and its payload as plain data. */
  toObject(): Answer<M, ContentOf<M, T["value"]>> {
    const { channel } = this.session;
    const read = (): Answer<M, unknown> =>
      this.#takenApart(this.use("toObject"), (variant, payload) => {
        const plain = channel.after(payload(), (parts) =>
          channel.all(parts.map((part) => toPlain(channel, part))),
        );
        return channel.map(plain, (payload) => ({ variant, payload }));
      });
    return attempt(channel, read) as Answer<M, ContentOf<M, T["value"]>>; // by the bindings
  }

  /** Calls `next` with the variant; keeps the value until then, even if it is freed or consumed. */
  #takenApart<R>(
    slot: Slot,
    next: (variant: VariantName<T>, payload: () => Answer<M, unknown[]>) => Answer<M, R>,
  ): Answer<M, R> {
    const { channel } = this.session;
    const parts = channel.after(this.variant(), (variant: VariantName<T>) =>
      next(variant, () => this.#payload(slot, variant)),
    );
    return slot.keptFor(parts);
  }

  #payload(slot: Slot, variant: string): Answer<M, unknown[]> {
    const operation = this.session.catalog.operation("destruct", this.info.name, variant);
    if (operation === undefined) throw new ArgumentError(`${this.type}: has no #${variant}`);
    const result: Answer<M, unknown> = this.session.invoke<unknown>(operation, [slot]);
    // A call with a single result does not return an array.
    const alone = operation.outputs.length === 1;
    return this.session.channel.map(result, (value) => (alone ? [value] : (value as unknown[])));
  }
}
